"""What is known of a thing as one sentence, for prompts, tables and people."""

from agents.knowledge.facts import Node

#: The outcome of an experience that is only a sentence, which a strategist wanted remembered.
NOTED = "noted"


def phrase(node: Node) -> str:
    """Return a sentence about a node."""
    made = _PHRASES.get(node.kind, _plain)(node)
    return " ".join(made.split())


def where(node: Node) -> str:
    """Return where a node is: "area 3 (12,7)", "area 3", or nothing."""
    area, x, y = node.place
    if area < 0:
        return ""
    return f"area {area} ({x},{y})" if x >= 0 and y >= 0 else f"area {area}"


def _plain(node: Node) -> str:
    props = ", ".join(f"{name} {value}" for name, value in sorted(node.props.items()))
    return f"{node.kind} {node.key}: {props}"


def _objective(node: Node) -> str:
    at = f" at {where(node)}" if where(node) else ""
    return f"{node.text('status') or 'pending'}: {node.text('description') or node.key}{at}"


def _quest(node: Node) -> str:
    by = f", asked by {node.text('giver')}" if node.text("giver") else ""
    return f"quest {node.text('name') or node.key} ({node.text('type')}, {node.text('status')}){by}"


def _todo(node: Node) -> str:
    at = f" at {where(node)}" if where(node) else ""
    what = node.text("description") or node.text("action")
    return f"todo, {node.text('status')}, priority {node.number('priority')}: {what}{at}"


def _npc(node: Node) -> str:
    said = f" says: {node.text('text')}" if node.text("text") else "" if node.flag("met") else " not spoken to yet"
    return f"{node.text('name') or node.text('role') or 'somebody'} at {where(node)}{said}"


def _item(node: Node) -> str:
    return f"{node.text('name') or 'an item'} at {where(node)}{', taken' if node.flag('taken') else ''}"


def _door(node: Node) -> str:
    needs = f", needs {node.text('needs')}" if node.text("needs") else ""
    return f"door at {where(node)}{', locked' if node.flag('locked') else ''}{needs}"


def _area(node: Node) -> str:
    return f"area {node.number('id')} {node.text('name')}"


def _experience(node: Node) -> str:
    if node.text("outcome") == NOTED:
        return node.text("goal")
    counts = f"{node.number('succeeded')} of {node.number('tried')} times it worked"
    return f"tried {node.text('goal') or node.text('plan') or node.key}: {node.text('outcome') or counts}"


def _recipe(node: Node) -> str:
    how = node.text("actions") or node.text("strategy")
    counts = f"{node.number('worked')} of {node.number('tried')} times"
    return f"when {node.text('situation') or node.key}: {how} worked {counts}"


_PHRASES = {
    "Objective": _objective,
    "Quest": _quest,
    "Todo": _todo,
    "NPC": _npc,
    "Item": _item,
    "Door": _door,
    "Area": _area,
    "Experience": _experience,
    "Recipe": _recipe,
}
