from __future__ import annotations

import cv2
import numpy as np
import pytest

from ostraka.evidence.text_boxes import TextBox, cut_out, find_boxes


def map_with(
    *kernels: tuple[int, int, int, int],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    probability = np.zeros((160, 320), np.float32)
    for left, top, right, bottom in kernels:
        probability[top:bottom, left:right] = 0.9
    return probability


def test_an_empty_map_has_no_boxes() -> None:
    assert find_boxes(map_with(), limit=10) == ([], False)


def test_a_box_is_larger_than_the_kernel_that_it_was_grown_from() -> None:
    (box,), _ = find_boxes(map_with((100, 60, 220, 72)), limit=10)
    left, top, right, bottom = box.bounds
    assert left < 100 / 320
    assert right > 220 / 320
    assert top < 60 / 160
    assert bottom > 72 / 160


def test_boxes_are_read_line_by_line_and_left_to_right() -> None:
    kernels = [(200, 20, 300, 30), (20, 23, 120, 33), (20, 80, 120, 90), (150, 78, 300, 88)]
    boxes, _ = find_boxes(map_with(*kernels), limit=10)
    assert [round(box.bounds[0] * 320 / 100) for box in boxes] == [0, 2, 0, 1]
    assert boxes[0].bounds[1] < boxes[2].bounds[1]


def test_too_many_boxes_are_said_to_be_too_many() -> None:
    kernels = [(20, top, 120, top + 8) for top in range(10, 150, 25)]
    boxes, overflow = find_boxes(map_with(*kernels), limit=3)
    assert len(boxes) == 3
    assert overflow


@pytest.mark.parametrize("angle", [-35, -10, 0, 10, 35])
def test_a_tilted_line_is_cut_out_upright(angle: float) -> None:
    canvas = np.zeros((200, 400), np.float32)
    rectangle = ((200.0, 100.0), (160.0, 16.0), float(angle))
    cv2.fillPoly(canvas, [cv2.boxPoints(rectangle).astype(np.int32)], (1.0,))
    picture = np.repeat((canvas * 255).astype(np.uint8)[:, :, None], 3, axis=2)
    (box,), _ = find_boxes(canvas, limit=5)
    line = cut_out(picture, box)
    assert line.shape[1] > 4 * line.shape[0]
    assert line[line.shape[0] // 2, 30:-30].min() > 200


def test_a_tall_line_is_laid_on_its_side() -> None:
    corners = np.array([[0.4, 0.1], [0.5, 0.1], [0.5, 0.9], [0.4, 0.9]], np.float32)
    line = cut_out(np.zeros((300, 300, 3), np.uint8), TextBox(corners))
    assert line.shape[1] > line.shape[0]


def test_area_is_the_share_of_the_frame_even_where_the_box_hangs_over() -> None:
    corners = np.array([[-1, -1], [2, -1], [2, 2], [-1, 2]], np.float32)
    assert TextBox(corners).area == 1.0
    assert TextBox(corners).bounds == (0.0, 0.0, 1.0, 1.0)


def test_a_fruit_is_a_blob_and_a_headline_is_not() -> None:
    fruit = np.array([[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]], np.float32)
    headline = np.array([[0.0, 0.2], [1.0, 0.2], [1.0, 0.6], [0.0, 0.6]], np.float32)
    assert TextBox(fruit).is_blob(width=400, height=400)
    assert not TextBox(headline).is_blob(width=400, height=400)
