"""A grid of images of any length: thumbnails, labels, and the keys that relabel. Any page may use one."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QDrag, QGuiApplication, QImage, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vv_desktop.core.dataset import Split
from vv_desktop.core.records import Origin
from vv_desktop.jobs import Jobs
from vv_desktop.session import Message, Session
from vv_desktop.ui import words
from vv_desktop.ui.browse.grid_menu import build_menu
from vv_desktop.ui.browse.grid_selection import GridSelection
from vv_desktop.ui.browse.grid_view import GridView
from vv_desktop.ui.browse.hand_out import as_files, drag_picture
from vv_desktop.ui.browse.image_cell import ImageCell
from vv_desktop.ui.browse.image_model import ImageModel
from vv_desktop.ui.browse.preview import Preview
from vv_desktop.ui.browse.thumbnail_loader import ThumbnailLoader
from vv_desktop.ui.theme import XS, Theme

SMALLEST, USUAL, LARGEST = 96, 160, 320
"""Side of a thumbnail in pixels."""


class ImageGrid(QWidget):
    """Owns the grid, its thumbnails and its large preview. Lives on the window's thread.

    Its selection is the session's, both ways; labels are written by `session.edits.relabel` only.
    `origin` is what the journal says of labels given here by the keyboard.

    Signals:
        activated(int): Enter or a double click on this image.
        zoomed(int): the side of the thumbnails changed by wheel or keys.
        escaped: Escape, with no preview to close.
    """

    activated = Signal(int)
    zoomed = Signal(int)
    escaped = Signal()

    def __init__(
        self, session: Session, jobs: Jobs, theme: Theme, resources: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self.origin: Origin = "keyboard"
        self._offer_all = False
        self.loader = ThumbnailLoader(session, jobs, self)
        self.model = ImageModel(session, self.loader.problem, self)
        self._cell = ImageCell(session, self.loader, self.model, theme, self)
        self.view = GridView(self)
        self.view.setAccessibleName("Images")
        self.view.set_parts(self.model, self._cell)
        self.selection = GridSelection(session, self.view, self.model, self)
        self.preview = Preview(session, jobs, theme, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(XS, 0, 0, 0)
        layout.addWidget(self.view)
        self.setFocusProxy(self.view)
        self._soon = QTimer(self, singleShot=True, interval=15)
        self._soon.timeout.connect(self._ask_for_thumbnails)
        self._connect()

    def _connect(self) -> None:
        view = self.view
        view.sight_changed.connect(lambda: self._soon.isActive() or self._soon.start())
        self.selection.moved.connect(self._show_in_preview)
        view.digit_pressed.connect(self._label_by_digit)
        view.enter_pressed.connect(self._activate)
        view.preview_wanted.connect(self.toggle_preview)
        view.exclude_wanted.connect(self.toggle_excluded)
        view.escape_pressed.connect(self._escape)
        view.copy_wanted.connect(self.copy_selection)
        view.drag_wanted.connect(self._drag_out)
        view.zoom_wanted.connect(self._zoom_by)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._open_menu)
        self.preview.clicked.connect(self.toggle_preview)
        self.loader.arrived.connect(self._show_arrived)
        self._session.images_changed.connect(self._refresh)
        self._session.run_changed.connect(self.model.refresh_all)
        self._session.suspects_changed.connect(self.model.refresh_all)
        self._session.quality_changed.connect(self.model.refresh_all)
        self._session.project_changed.connect(self._clear)

    # What is shown

    def show_images(self, ids: Sequence[int], offer_all: bool = False) -> None:
        """Show these images in this order; those that are selected in the session are selected here.

        offer_all: the menu can exclude all of them at once.
        """
        self._offer_all = offer_all
        self.model.show_images(ids)  # a reset model is not heard of by `selection`
        self.selection.follow_session()
        if not self.view.selectionModel().hasSelection():
            self.view.scrollToTop()

    def _clear(self) -> None:
        self.preview.hide()
        self.show_images(())

    @property
    def side(self) -> int:
        """Side of the thumbnails in pixels."""
        return self.view.least_side

    def set_side(self, side: int) -> None:
        """Show larger or smaller thumbnails."""
        self.view.set_side(max(SMALLEST, min(LARGEST, side)))

    def thumbnail(self, image: int) -> QImage | None:
        """The picture that is in memory, if there is one."""
        return self.loader.picture(image, self._cell.loaded_side)

    def selected(self) -> tuple[int, ...]:
        """Ids of the selected images in their order here."""
        return tuple(self.model.ids[row] for row in self.selection.rows())

    # What is done with the selection

    def label_selection(self, label: str | None, origin: Origin = "mouse") -> bool:
        """Label the selected images in one undo step; True if they have that label now."""
        images = self.selected()
        project = self._session.project
        if not images or project is None:
            return False
        self._session.edits.relabel(images, label, origin)
        return all(project.images[image].label == label for image in images)

    def split_selection(self, split: Split | None) -> None:
        """Put the selected images into a split."""
        self._session.edits.resplit([(image, split) for image in self.selected()], "split")

    def exclude_selection(self, excluded: bool) -> None:
        """Leave the selected images out of training and scoring, or take them in again."""
        self._session.edits.exclude(self.selected(), excluded, "mouse")

    def exclude_shown(self) -> None:
        """Leave out every image that is shown, as one undo step."""
        self._session.edits.exclude(self._still_in, True, "mouse")

    def toggle_excluded(self) -> None:
        """The same by a key: out, unless all of them are out."""
        if images := self.selected():
            self._session.edits.exclude(images, not self._all_excluded(), self.origin)

    def copy_selection(self) -> None:
        """Put the selected files and their paths on the clipboard."""
        project, images = self._session.project, self.selected()
        if project is not None and images:
            QGuiApplication.clipboard().setMimeData(as_files([project.path_of(image) for image in images]))
            self._session.said.emit(Message(f"Copied the path of {words.images(len(images))}"))

    def toggle_preview(self) -> None:
        """Show the first selected image over the whole grid, or the grid again."""
        image = self._looked_at()
        if self.preview.isVisible() or image is None:
            self.preview.hide()
            return
        self.preview.setGeometry(self.rect())
        self.preview.raise_()
        self.preview.show()
        self.preview.show_image(image, self.thumbnail(image))

    @property
    def _still_in(self) -> list[int]:
        """Shown images that are not excluded."""
        project = self._session.project
        return [image for image in self.model.ids if not project.images[image].excluded] if project else []

    def _all_excluded(self) -> bool:
        project = self._session.project
        return project is not None and all(project.images[image].excluded for image in self.selected())

    def _label_by_digit(self, digit: int) -> None:
        project = self._session.project
        if project is None or digit > len(project.classes):
            return
        after = self._after_selection()
        if self.label_selection(project.classes.names[digit - 1] if digit else None, self.origin):
            self._go_to(after)

    def _after_selection(self) -> int | None:
        """The image that follows the selected ones; None if there is none."""
        rows = self.selection.rows()
        return self.model.ids[rows[-1] + 1] if rows and rows[-1] + 1 < len(self.model.ids) else None

    def _go_to(self, image: int | None) -> None:
        """Stays where it is if the image is not shown (any more): a label may change what is shown."""
        row = None if image is None else self.model.row_of(image)
        if row is not None:
            self.view.setCurrentIndex(self.model.index(row))

    def _activate(self) -> None:
        image = self._looked_at()
        if image is not None:
            self.activated.emit(image)

    def _escape(self) -> None:
        if self.preview.isVisible():
            self.preview.hide()
        else:
            self.escaped.emit()

    def _drag_out(self) -> None:
        project, images = self._session.project, self.selected()
        if project is None or not images:
            return
        drag = QDrag(self.view)
        drag.setMimeData(as_files([project.path_of(image) for image in images]))
        drag.setPixmap(drag_picture(self.thumbnail(images[0]), len(images), self._theme))
        drag.exec(Qt.DropAction.CopyAction)

    def _zoom_by(self, pixels: int) -> None:
        self.set_side(self.side + pixels)
        self.zoomed.emit(self.side)

    def _open_menu(self, place: QPoint) -> None:
        project, count = self._session.project, len(self.selection.rows())
        still_in = len(self._still_in) if self._offer_all else 0
        if project is not None and (count or still_in):
            menu = build_menu(self, project.classes, count, self._all_excluded(), self, still_in)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.view.viewport().mapToGlobal(place))

    # Pictures

    def _looked_at(self) -> int | None:
        return self._session.selection[0] if self._session.selection else None

    def _show_in_preview(self) -> None:
        image = self._looked_at()
        if not self.preview.isVisible():
            return
        if image is None:
            self.preview.hide()
        else:
            self.preview.show_image(image, self.thumbnail(image))

    def _ask_for_thumbnails(self) -> None:
        if not self.isVisible():
            return
        seen = self.view.rows_in_sight()
        ahead = range(seen.stop, min(len(self.model.ids), seen.stop + len(seen)))
        behind = range(max(0, seen.start - len(seen) // 2), seen.start)
        self.loader.want(
            [self.model.ids[row] for part in (seen, ahead, behind) for row in part], self._cell.loaded_side
        )

    def _show_arrived(self, image: int) -> None:
        row = self.model.row_of(image)
        if row is not None:
            self.view.update(self.model.index(row))

    def _refresh(self, images: frozenset[int]) -> None:
        self.model.refresh(images)
        self.preview.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.preview.setGeometry(self.rect())
