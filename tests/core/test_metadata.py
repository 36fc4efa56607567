"""What cameras and programs write beside the pixels: broken, it spoils no picture; whole, it is given to nobody."""

import base64
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Sample
from vv_desktop.core.golden import Golden, write_golden
from vv_desktop.core.pixels import ImageProblem, decode, network_input, read_header
from vv_desktop.core.plain_picture import without_metadata
from vv_desktop.core.report import inline_picture
from vv_desktop.core.thumbnails import thumbnail

PHOTO = Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 80, 3)).astype(np.uint8))
SECRETS = (b"SECRET", b"Exif", b"GPS", b"http://ns.adobe.com")


def jpeg(**how: object) -> bytes:
    data = io.BytesIO()
    PHOTO.save(data, "JPEG", quality=95, **how)
    return data.getvalue()


def png() -> bytes:
    data = io.BytesIO()
    PHOTO.save(data, "PNG")
    return data.getvalue()


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def with_segments(*segments: bytes, **how: object) -> bytes:
    data = jpeg(**how)
    return data[:2] + b"".join(segments) + data[2:]


def with_chunk(kind: bytes, content: bytes) -> bytes:
    chunk = struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    data = png()
    return data[:33] + chunk + data[33:]


def exif(orientation: int = 1) -> Image.Exif:
    """As a phone writes it: maker, words and place."""
    found = Image.Exif()
    found[0x010F], found[0x9286], found[0x0112] = "SECRET maker", "SECRET words", orientation
    found.get_ifd(0x8825)[1] = "SECRET latitude"
    return found


ONE_TAG = b"Exif\0\0II*\0\x08\0\0\0\x01\0"
BROKEN = {
    "no_tiff.jpg": with_segments(segment(0xE1, b"Exif\0\0no tiff at all")),
    "empty.jpg": with_segments(segment(0xE1, b"Exif\0\0")),
    "cut.jpg": with_segments(segment(0xE1, exif().tobytes()[:40])),
    "offset_outside.jpg": with_segments(segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\x7f")),
    "count_bomb.jpg": with_segments(segment(0xE1, ONE_TAG + b"\x12\x01\x03\0\xff\xff\xff\xff\x08\0\0\0\0\0\0\0")),
    "orientation_is_text.jpg": with_segments(segment(0xE1, ONE_TAG + b"\x12\x01\x02\0\x04\0\0\0abc\0\0\0\0\0")),
    "orientation_is_nan.jpg": with_segments(segment(0xE1, ONE_TAG + b"\x12\x01\x0b\0\x01\0\0\0\0\0\xc0\x7f\0\0\0\0")),
    "length_of_zero.jpg": with_segments(b"\xff\xe1\0\0"),
    "10_MB.jpg": with_segments(*[segment(0xE1, b"Exif\0\0" + bytes(65_000))] * 160),
    "icc.jpg": with_segments(segment(0xE2, b"ICC_PROFILE\0\x01\x01garbage")),
    "icc_of_nine_parts.jpg": with_segments(segment(0xE2, b"ICC_PROFILE\0\x01\x09garbage")),
    "more_pictures.jpg": with_segments(segment(0xE2, b"MPF\0II*\0")),
    "no_tiff.png": with_chunk(b"eXIf", b"garbage"),
    "no_hex.png": with_chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n  8\nnothex")),
    "10_MB.png": with_chunk(b"eXIf", b"II*\0" + bytes(10_000_000)),
    "icc.png": with_chunk(b"iCCP", b"name\0\0garbage"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_C12_what_is_broken_beside_the_pixels_does_not_spoil_them(tmp_path: Path, name: str) -> None:
    path, whole = tmp_path / name, tmp_path / f"whole{Path(name).suffix}"
    path.write_bytes(BROKEN[name])
    whole.write_bytes(png() if path.suffix == ".png" else jpeg())
    header = read_header(path)
    assert (header.width, header.height, header.orientation) == (80, 60, 1)
    assert np.array_equal(np.asarray(decode(path)), np.asarray(decode(whole)))
    assert np.array_equal(network_input(path, 32), network_input(whole, 32))


@pytest.mark.parametrize("kind", [b"iCCP", b"zTXt"])
def test_C12_what_unpacks_to_far_more_than_a_picture_is_a_sentence(tmp_path: Path, kind: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(with_chunk(kind, b"n\0\0" + zlib.compress(bytes(50_000_000))))
    for look in (read_header, decode):
        with pytest.raises(ImageProblem, match=r"a\.png$"):
            look(path)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("progressive", [False, True])
def test_H22_a_picture_to_give_away_has_its_pixels_and_nothing_else(
    tmp_path: Path, orientation: int, progressive: bool
) -> None:
    path = tmp_path / "a.jpg"
    more = [segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0SECRET"), segment(0xED, b"Photoshop 3.0\0SECRET")]
    how = {"exif": exif(orientation), "comment": b"SECRET", "progressive": progressive, "icc_profile": b"colours"}
    path.write_bytes(with_segments(*more, **how) + b"SECRET second picture")
    assert path.read_bytes().count(b"SECRET") == 7
    data, ending = without_metadata(path)
    (tmp_path / "b.jpg").write_bytes(data)
    assert ending == ".jpg"
    assert b"SECRET" not in data
    with Image.open(tmp_path / "b.jpg") as image:
        assert set(image.getexif()) <= {0x0112}, "which way is up, and no more"
        assert image.info["icc_profile"] == b"colours"
        assert np.array_equal(np.asarray(ImageOps.exif_transpose(image)), np.asarray(decode(path)))
    assert np.array_equal(network_input(tmp_path / "b.jpg", 32), network_input(path, 32))


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_H22_other_formats_become_what_the_decoder_sees(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"a.{form.lower()}"
    PHOTO.save(path, form, exif=exif(6), lossless=True)
    assert b"SECRET" in path.read_bytes()
    data, ending = without_metadata(path)
    assert ending == ".png"
    assert not any(secret in data for secret in SECRETS)
    with Image.open(io.BytesIO(data)) as image:
        assert image.info == {}
        assert np.array_equal(np.asarray(image), np.asarray(decode(path)))


def test_H22_golden_pictures_are_the_photos_without_what_a_camera_says_of_them(tmp_path: Path) -> None:
    samples = []
    for number, form in enumerate(("JPEG", "PNG")):
        path = tmp_path / f"{number}.{form.lower()}"
        PHOTO.save(path, form, exif=exif(6))
        samples.append(Sample(number, path, number, "val", ""))
    inputs = np.stack([network_input(sample.path, 32) for sample in samples])
    write_golden(
        tmp_path, Golden((0, 1), tuple(samples)), inputs, ClassList(("a", "b")), {"model": np.eye(2, dtype="f4")}, {}
    )
    inside = tmp_path / "golden"
    assert {path.name for path in inside.iterdir()} == {"00.jpg", "01.png", "inputs.npy", "expected.json"}
    assert not any(b"SECRET" in path.read_bytes() for path in inside.iterdir())
    for name, pixels in zip(("00.jpg", "01.png"), inputs, strict=True):
        assert np.array_equal(network_input(inside / name, 32), pixels)


def test_H22_reports_and_thumbnails_are_pixels_only(tmp_path: Path) -> None:
    """A comment of a JPEG comes along when Pillow writes one that it made from another."""
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(exif=exif(6), comment=b"SECRET"))
    assert decode(path).info == {}
    assert decode(path).size == (60, 80)
    thumbnail(path, 40, tmp_path / "cache")
    (kept,) = (tmp_path / "cache").rglob("*.jpg")
    shown = base64.b64decode(inline_picture(path).partition("base64,")[2].rstrip('">'))
    for data in (kept.read_bytes(), shown):
        assert data[:2] == b"\xff\xd8"
        assert not any(secret in data for secret in SECRETS)
