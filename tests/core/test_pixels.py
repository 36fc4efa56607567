"""The one decoder: defined pixels for every kind of picture, one exception for everything else."""

import contextlib
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vv_desktop.core import pixels
from vv_desktop.core.pixels import ImageProblem, decode, network_input, read_header


@pytest.mark.parametrize(("ending", "mode"), [("png", "RGB"), ("tiff", "RGB"), ("tiff", "L"), ("webp", "RGB")])
def test_C1_exif_orientation_is_applied_everywhere(tmp_path: Path, ending: str, mode: str) -> None:
    """Every orientation of one picture looks the same, at full size and as network input."""
    upright = Image.new("RGB", (40, 20), "white")
    upright.paste((255, 0, 0), (0, 0, 20, 10))
    upright = upright.convert(mode)
    turned = {
        1: upright,
        2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT), 3: upright.transpose(Image.Transpose.ROTATE_180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM), 5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.transpose(Image.Transpose.ROTATE_90), 7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.transpose(Image.Transpose.ROTATE_270),
    }  # fmt: skip
    for orientation, image in turned.items():
        path = tmp_path / f"{orientation}.{ending}"
        exif = Image.Exif()
        exif[0x0112] = orientation
        image.save(path, exif=exif, lossless=True)
        assert np.array_equal(np.asarray(decode(path)), np.asarray(upright.convert("RGB"))), orientation
        assert (read_header(path).width, read_header(path).height) == (40, 20)
        assert np.array_equal(network_input(path, 10), network_input(tmp_path / f"1.{ending}", 10))


@pytest.mark.parametrize("percent", [1, 10, 50, 90, 99])
def test_C2_truncated_is_bad(tmp_path: Path, percent: int) -> None:
    path = tmp_path / "a.jpg"
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * percent // 100])
    with pytest.raises(ImageProblem, match=r"a\.jpg$"):
        decode(path)


CUT = """
import os, sys
from pathlib import Path
from vv_desktop.core import pixels
path, upright = Path(sys.argv[1]), pixels._rgb
def cut(image):
    os.truncate(path, 2000)
    return upright(image)
pixels._rgb = cut
print(pixels.decode(path).getpixel((9, 9)))
"""


def test_B13_a_file_that_is_cut_short_after_it_was_read_ends_nothing(tmp_path: Path) -> None:
    """Mapped into memory it would be SIGBUS."""
    Image.new("L", (2000, 2000), 7).save(tmp_path / "a.bmp")
    command = [sys.executable, "-c", CUT, str(tmp_path / "a.bmp")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "(7, 7, 7)")


@pytest.mark.parametrize("content", [b"", b"text", b"<html><img></html>", b"%PDF-1.4", b"<svg/>", b"8BPS\0\1"])
def test_C3_C8_H10_what_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    for look in (decode, read_header):
        with pytest.raises(ImageProblem, match=r"a\.jpg$"):
            look(path)


@pytest.mark.parametrize("form", ["ICO", "TGA", "PCX", "SGI", "PPM", "DDS", "JPEG2000"])
def test_H10_what_pillow_could_read_but_nobody_photographs_in_is_refused(tmp_path: Path, form: str) -> None:
    """Each parser that is left out is one that a hostile file cannot reach."""
    path = tmp_path / "a.png"
    Image.new("RGB", (32, 32), "red").save(path, form)
    with Image.open(path) as image:
        assert image.format == form, "the file is whole"
    with pytest.raises(ImageProblem, match=r"Not a picture in a format that is read here .*a\.png$"):
        decode(path)


@pytest.mark.parametrize("make", ["pipe", "folder", "device"])
def test_B18_what_is_no_file_is_never_opened(tmp_path: Path, make: str) -> None:
    """A pipe would wait for ever, and /dev/zero never ends."""
    path = tmp_path / "a.jpg"
    if make == "pipe":
        os.mkfifo(path)
    elif make == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    for look in (decode, read_header):
        with pytest.raises(ImageProblem, match=r"^Not a file: a\.jpg$"):
            look(path)


@pytest.mark.parametrize(("form", "name"), [("PNG", "a.jpg"), ("WEBP", "a.png"), ("BMP", "a.jpg"), ("GIF", "a.jpeg")])
def test_C4_a_wrong_ending_does_not_matter(tmp_path: Path, form: str, name: str) -> None:
    Image.new("RGB", (4, 4), "red").save(tmp_path / name, form, **({"lossless": True} if form == "WEBP" else {}))
    assert decode(tmp_path / name).getpixel((1, 1)) == (255, 0, 0)
    assert read_header(tmp_path / name).format == form


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_C5_16_bit_is_scaled_not_clipped(tmp_path: Path, form: str) -> None:
    ramp = np.linspace(0, 65535, 256 * 16).reshape(16, 256).astype(np.uint16)
    Image.fromarray(ramp).save(tmp_path / "a", form)
    assert abs(np.asarray(decode(tmp_path / "a")).mean() - 127.5) < 1


def test_C5_float_is_scaled(tmp_path: Path) -> None:
    for full in (1.0, 255.0, 65535.0):
        ramp = np.linspace(0, full, 256 * 16).reshape(16, 256).astype(np.float32)
        Image.fromarray(ramp).save(tmp_path / "a.tif")
        assert abs(np.asarray(decode(tmp_path / "a.tif")).mean() - 127.5) < 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I;16"])
def test_C6_every_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.tif" if mode in ("CMYK", "YCbCr", "LAB") else "a.png")
    image = (
        Image.new(mode, (8, 8))
        if mode == "I;16"
        else Image.new("RGB", (8, 8), "white").convert(mode)
        if mode != "LAB"
        else Image.new("LAB", (8, 8), (255, 128, 128))
    )
    image.save(path)
    assert decode(path).mode == "RGB"
    assert network_input(path, 4).shape == (4, 4, 3)


def test_C6_transparent_pixels_do_not_leak_their_colour(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (200, 0, 0, 0)).save(tmp_path / "a.png")
    assert decode(tmp_path / "a.png").getpixel((0, 0)) == (255, 255, 255)
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([200, 0, 0] + [0] * 765)
    palette.save(tmp_path / "p.png", transparency=0)
    assert decode(tmp_path / "p.png").getpixel((0, 0)) == (255, 255, 255)


def test_C7_an_animation_is_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (4, 4), c) for c in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert decode(tmp_path / "a.gif").getpixel((0, 0)) == (255, 0, 0)
    assert read_header(tmp_path / "a.gif").frames == 2


def test_C10_a_decompression_bomb_is_refused_from_the_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("1", (20000, 20000)).save(tmp_path / "a.png")

    def never(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(Image.Image, "load", never)
    with pytest.raises(ImageProblem, match="20000 × 20000 pixels"):
        decode(tmp_path / "a.png")


def test_C13_a_webp_whose_header_was_damaged_to_a_huge_canvas_is_refused(tmp_path: Path) -> None:
    """Mutant 3736 of seed 0 of `python -m tests.soak pictures` took 1 GB and 4 s: 2,097,200 × 32 pixels."""
    moving = [Image.new("RGB", (48, 32), colour) for colour in ("red", "blue")]
    moving[0].save(tmp_path / "a.webp", save_all=True, append_images=moving[1:], lossless=True)
    data = bytearray((tmp_path / "a.webp").read_bytes())
    place = data.index(b"VP8X") + 12
    assert data[place : place + 3] == b"\x2f\x00\x00"
    data[place : place + 3] = (2_097_199).to_bytes(3, "little")
    (tmp_path / "a.webp").write_bytes(data)
    with pytest.raises(ImageProblem, match="2097200 × 32 pixels"):
        decode(tmp_path / "a.webp")


def test_C9_a_large_jpeg_opens_reduced(tmp_path: Path) -> None:
    Image.new("RGB", (4000, 3000), "red").save(tmp_path / "a.jpg")
    assert decode(tmp_path / "a.jpg", at_least=448).size == (1000, 750)
    assert decode(tmp_path / "a.jpg").size == (4000, 3000)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1)])
def test_C11_odd_shapes(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size, "red").save(tmp_path / "a.png")
    assert network_input(tmp_path / "a.png", 16).shape == (16, 16, 3)
    assert max(pixels.scaled(decode(tmp_path / "a.png"), 100).size) <= 100


def test_C13_mutants_raise_nothing_but_image_problem(tmp_path: Path) -> None:
    """A few of the 200,000; whatever a decoder raises must come out as ImageProblem."""
    seed = random.randrange(2**32)
    rng = random.Random(seed)
    print(f"seed {seed}")
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (32, 32, 3), dtype=np.uint8))
    path, bad = tmp_path / "a", 0
    for form in ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"):
        noise.save(path, form)
        whole = path.read_bytes()
        for _ in range(60):
            data = bytearray(whole)
            for _ in range(rng.randint(1, 8)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            path.write_bytes(data[: rng.randrange(1, len(data) + 1)])
            try:
                assert decode(path, at_least=16).mode == "RGB"
            except ImageProblem:
                bad += 1
            with contextlib.suppress(ImageProblem):
                read_header(path)
    assert bad > 50


def test_C16_red_is_red(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), (255, 0, 0)).save(tmp_path / "a.png")
    assert network_input(tmp_path / "a.png", 4)[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("make", [lambda p: p.mkdir(), lambda p: None])
def test_B18_no_file_no_picture(tmp_path: Path, make: object) -> None:
    make(tmp_path / "a.jpg")  # type: ignore[operator]
    with pytest.raises(ImageProblem, match=r"a\.jpg$"):
        decode(tmp_path / "a.jpg")
