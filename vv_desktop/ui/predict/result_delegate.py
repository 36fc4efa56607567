"""How one row of the results is painted: picture and name, answers with their bars, the next two, its label."""

from bisect import bisect_right

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from vv_desktop.core.class_words import named_here
from vv_desktop.ui import theme
from vv_desktop.ui.elided_label import one_line
from vv_desktop.ui.predict.reading import ANSWER, PHOTO, PROJECT, SECOND, SHARE
from vv_desktop.ui.predict.result_model import RESULT, ResultsModel
from vv_desktop.ui.predict.results import UNLIKE, Result, percent
from vv_desktop.ui.predict.thumbnails import PhotoThumbnails

HEIGHT, LINE, DOT = 56, 16, 10
ROOM = 104
"""Pixels in which a name and a share go beside each other."""
LEAST = 48
"""Pixels of a name that still tell something; the tooltip has all of it."""
PICTURE = QSize(64, 48)
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class ResultDelegate(QStyledItemDelegate):
    """Paints results; lives on the window's thread. No signals."""

    def __init__(self, look: theme.Theme, thumbnails: PhotoThumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._thumbnails = look, thumbnails

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(120, HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        result: Result = index.data(RESULT)
        model = index.model()
        assert isinstance(model, ResultsModel)
        painter.save()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(option.rect, QColor(self._theme.sunken if selected else self._theme.base))
        if selected and index.column() == PHOTO:
            painter.fillRect(QRect(option.rect.topLeft(), QSize(3, option.rect.height())), QColor(self._theme.accent))
        inside = option.rect.adjusted(theme.S, theme.XS, -theme.S, -theme.XS)
        painter.setPen(QColor(self._theme.text))
        if index.column() == PHOTO:
            self._paint_photo(painter, inside, result)
        elif index.column() == ANSWER:
            self._paint_answer(painter, inside, result, model)
        elif index.column() == SHARE:
            self._paint_share(painter, inside, result, model)
        elif index.column() == SECOND:
            self._paint_second(painter, inside, result, model)
        elif index.column() == PROJECT:
            self._paint_label(painter, inside, result, model)
        else:
            painter.setPen(QColor(self._theme.muted))
            painter.setFont(_font(theme.SMALL))
            lines = str(index.data()).split("\n")
            top = inside.center().y() - len(lines) * LINE // 2
            for place, line in enumerate(lines):
                _text(painter, QRect(inside.left(), top + place * LINE, inside.width(), LINE), line)
        painter.restore()

    def _paint_photo(self, painter: QPainter, inside: QRect, result: Result) -> None:
        box = QRect(inside.topLeft(), PICTURE)
        picture = self._thumbnails.picture(result.key, result.path)
        if picture is None:
            painter.fillRect(box, QColor(self._theme.sunken if result.error is None else self._theme.line))
            if result.error is not None:
                painter.setPen(QColor(self._theme.danger))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "✕")
        else:
            target = QRect(0, 0, 0, 0)
            target.setSize(picture.size().scaled(PICTURE, Qt.AspectRatioMode.KeepAspectRatio))
            target.moveCenter(box.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(target, picture)
        painter.setPen(QColor(self._theme.text))
        beside = inside.adjusted(PICTURE.width() + theme.S, 0, 0, 0)
        if beside.width() < LEAST:  # the picture has all the room; the badge goes over its foot
            if result.unlike:
                self._paint_unlike(painter, QRect(inside.left(), inside.bottom() - LINE, inside.width(), LINE))
            return
        if result.unlike:
            below = QRect(beside.left(), beside.center().y() + 2, beside.width(), LINE)
            beside.setBottom(below.top())
            self._paint_unlike(painter, below)
            _text(painter, beside, one_line(result.path.name), Qt.TextElideMode.ElideMiddle)
            return
        lines = in_two_lines(one_line(result.path.name), painter.fontMetrics(), beside.width())
        painter.drawText(beside, LEFT, "\n".join(lines))

    def _paint_unlike(self, painter: QPainter, inside: QRect) -> None:
        """A badge: the whole sentence where it has room, else its first word."""
        painter.save()
        painter.setFont(_font(theme.SMALL))
        room = inside.width() - 2 * theme.S
        said = UNLIKE if painter.fontMetrics().horizontalAdvance(UNLIKE) <= room else UNLIKE.split()[0]
        width = min(inside.width(), painter.fontMetrics().horizontalAdvance(said) + 2 * theme.S)
        chip = QRect(inside.left(), inside.top(), width, LINE)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(self._theme.danger))
        painter.drawRoundedRect(QRectF(chip).adjusted(0.5, 0.5, -0.5, -0.5), LINE / 2, LINE / 2)
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, said)
        painter.restore()

    def _paint_answer(self, painter: QPainter, inside: QRect, result: Result, model: ResultsModel) -> None:
        name, _ = model.reading.answers(result)
        if name is None:
            painter.setPen(QColor(self._theme.muted if result.waiting else self._theme.danger))
            _text(painter, inside, one_line(result.error or "waiting…"))
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour_of(model.reading.palette, name))
        painter.drawEllipse(QRect(inside.left(), inside.center().y() - DOT // 2 + 1, DOT, DOT))
        painter.setPen(QColor(self._theme.text))
        here = named_here(name, model.reading.palette.names)
        _text(painter, inside.adjusted(DOT + theme.S, 0, 0, 0), one_line(here))

    def _paint_share(self, painter: QPainter, inside: QRect, result: Result, model: ResultsModel) -> None:
        name, _ = model.reading.answers(result)
        if name is not None:
            self._paint_bar(painter, inside, percent(result.confidence), result.confidence, name, model)
            if result.confidence < model.reading.threshold:
                painter.setPen(QColor(self._theme.muted))
                painter.setFont(_font(theme.SMALL))
                _text(painter, QRect(inside.left(), inside.bottom() - LINE + 4, inside.width(), LINE), "not sure")

    def _paint_second(self, painter: QPainter, inside: QRect, result: Result, model: ResultsModel) -> None:
        first, second = model.reading.answers(result)
        if second is None or result.second is None:
            painter.setPen(QColor(self._theme.danger if result.second_error else self._theme.muted))
            _text(painter, inside, one_line(result.second_error or "waiting…"))
            return
        share = max(result.second)
        differs = first is not None and first != second
        font = painter.font()
        font.setBold(differs)
        painter.setFont(font)
        text = f"{'≠ ' if differs else ''}{one_line(named_here(second, model.reading.palette.names))}"
        said = percent(share) if inside.width() >= ROOM else ""  # the bar says it too
        self._paint_bar(painter, inside, said, share, second, model, text)

    def _paint_bar(
        self, painter: QPainter, inside: QRect, said: str, share: float, name: str, model: ResultsModel, text: str = ""
    ) -> None:
        """The share in words over its bar; the name before it, if there is one to show."""
        upper = QRect(inside.left(), inside.top() + theme.S, inside.width(), 18)
        room = painter.fontMetrics().horizontalAdvance(said) + theme.S
        _text(painter, upper.adjusted(0, 0, -room, 0) if text else upper, text or said)
        if text:
            painter.drawText(upper, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, said)
        paint_bar(painter, QRect(inside.left(), upper.bottom() + theme.XS, inside.width(), 6), share,
                  self._theme.colour_of(model.reading.palette, name), QColor(self._theme.line))  # fmt: skip

    def _paint_label(self, painter: QPainter, inside: QRect, result: Result, model: ResultsModel) -> None:
        if result.image is None:
            return
        label = model.reading.label_of(result.image)
        if label is None:
            painter.setPen(QColor(self._theme.muted))
            _text(painter, inside, "no label")
            return
        colour = self._theme.colour_of(model.reading.palette, label)
        width = min(inside.width(), painter.fontMetrics().horizontalAdvance(one_line(label)) + 2 * theme.S)
        chip = QRect(inside.left(), inside.center().y() - 11, width, 22)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(chip, 11, 11)
        painter.setPen(self._theme.text_on(colour))
        _text(painter, chip.adjusted(theme.S, 0, -theme.S + 1, 0), one_line(label))


def in_two_lines(text: str, metrics: QFontMetrics, width: int) -> list[str]:
    """A file's name in one line, or broken into two that are `width` pixels wide at most, cut in its middle."""
    if metrics.horizontalAdvance(text) <= width:
        return [text]
    first = _fitting(text, metrics, width)
    rest = text[len(first) :]
    if metrics.horizontalAdvance(rest) <= width:
        return [first, rest]
    tail = _fitting(rest[::-1], metrics, width - metrics.horizontalAdvance("…"))[::-1]
    return [first, f"…{tail}"]


def _fitting(text: str, metrics: QFontMetrics, width: int) -> str:
    """As much of the beginning as has room."""
    return text[: bisect_right(range(1, len(text) + 1), width, key=lambda n: metrics.horizontalAdvance(text[:n]))]


def paint_bar(painter: QPainter, rect: QRect, share: float, colour: QColor, track: QColor) -> None:
    """A bar of `share` (0…1) on its track."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    radius = rect.height() / 2
    painter.setBrush(track)
    painter.drawRoundedRect(rect, radius, radius)
    if share > 0:
        painter.setBrush(colour)
        painter.drawRoundedRect(
            QRect(rect.left(), rect.top(), max(rect.height(), round(rect.width() * share)), rect.height()),
            radius,
            radius,
        )
    painter.restore()


def _text(painter: QPainter, rect: QRect, text: str, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
    painter.drawText(
        rect, LEFT | Qt.TextFlag.TextSingleLine, painter.fontMetrics().elidedText(text, mode, rect.width())
    )


def _font(pixels: int) -> QFont:
    font = QFont()
    font.setPixelSize(pixels)
    return font
