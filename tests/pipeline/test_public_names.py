"""The public face: the same names for people and for type checkers, each documented."""

import ast
import inspect
from pathlib import Path

import truemorph


def test_type_checkers_see_the_names_that_people_see(root: Path) -> None:
    tree = ast.parse((root / "pipeline" / "__init__.py").read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    seen = {(node.module, name.name) for node in block.body if isinstance(node, ast.ImportFrom) for name in node.names}
    assert seen == {(module, name) for name, module in truemorph._MODULE.items()} | {("truemorph", "losses")}
    assert {name for _, name in seen} == set(truemorph.__all__)


def test_every_name_is_documented() -> None:
    for name in truemorph.__all__:
        found = getattr(truemorph, name)
        assert found.__doc__, name
        if inspect.isfunction(found):
            assert found.__annotations__["return"], name
