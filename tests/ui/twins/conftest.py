"""A project of toy vehicles with an exact copy in another split and under another label, and a mirrored one."""

import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.project import Project, stored_path
from vv_desktop.core.records import NewImage
from vv_desktop.core.toys import draw_vehicle
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.twins.page import TwinsPage
