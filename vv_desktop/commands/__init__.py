"""The verbs of the command line, by what they are about; each asks the tasks, and says it as a sentence or as JSON."""
