"""python -m vv_desktop."""

from vv_desktop.cli import main

if __name__ == "__main__":
    main()
