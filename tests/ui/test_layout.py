"""A drawn graph: boxes do not overlap, edges lead from box to box, and equal graphs look the same."""

from hypothesis import given, settings
from hypothesis import strategies as st

from trace2skill.ui.layout import HEIGHT, MARGIN, layout

Edges = list[tuple[int, int]]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[float], Edges]:
    """Up to twelve boxes of any width, and any edges between different ones."""
    widths = draw(st.lists(st.floats(20, 300), min_size=2, max_size=12))
    nodes = st.integers(0, len(widths) - 1)
    edges = st.tuples(nodes, nodes).filter(lambda edge: edge[0] != edge[1])
    return widths, draw(st.lists(edges, unique=True, max_size=30))


@settings(max_examples=50)
@given(graphs())
def test_boxes_do_not_overlap_and_lie_inside(graph: tuple[list[float], Edges]) -> None:
    """Whatever the graph."""
    drawn = layout(*graph)
    for at, box in enumerate(drawn.boxes):
        assert box.x - box.width / 2 >= MARGIN - 0.1
        assert box.x + box.width / 2 <= drawn.width - MARGIN + 0.1
        assert box.y + HEIGHT / 2 <= drawn.height
        for other in drawn.boxes[at + 1 :]:
            apart = abs(box.x - other.x) >= (box.width + other.width) / 2
            assert apart or abs(box.y - other.y) >= HEIGHT


@settings(max_examples=50)
@given(graphs())
def test_an_edge_leads_from_its_box_to_its_box(graph: tuple[list[float], Edges]) -> None:
    """It starts at the one, ends at the other, and is marked when it leads back."""
    drawn = layout(*graph)
    assert set(drawn.curves) == set(graph[1])
    for (source, target), curve in drawn.curves.items():
        numbers = [float(word) for word in curve.path.replace("M", " ").replace("C", " ").split()]
        for node, (x, y) in ((source, numbers[:2]), (target, numbers[-2:])):
            box = drawn.boxes[node]
            assert abs(x - box.x) <= box.width / 2 + 0.1
            assert abs(abs(y - box.y) - HEIGHT / 2) < 0.1
        assert curve.back == (source > target)


def test_equal_graphs_are_drawn_alike() -> None:
    """Byte for byte."""
    graph: tuple[list[float], Edges] = ([90, 120, 60, 90], [(0, 1), (0, 2), (1, 3), (2, 3), (3, 0)])
    assert layout(*graph) == layout(*graph)


def test_a_chain_is_straight() -> None:
    """What follows is below, and nothing pulls it aside."""
    drawn = layout([100, 100, 100], [(0, 1), (1, 2)])
    assert len({box.x for box in drawn.boxes}) == 1
    assert [box.y for box in drawn.boxes] == sorted(box.y for box in drawn.boxes)
