"""Fields of forms for settings: which one fits a setting, the text in it, and what a text that comes back means."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

import msgspec

from core.plugin_settings import SettingState
from core.setting_fields import to_plain
from core.settings_screen import SettingWords, choices_of, key_label
from core.typed_data import from_json, from_plain

SWITCH, CHOICE, NUMBER, TEXT, LINES, DATA = "switch", "choice", "number", "text", "lines", "data"
#: What msgspec calls things, and what people do.
_WORDS = {
    "int": "whole number",
    "float": "number",
    "str": "text",
    "bool": "yes or no",
    "array": "list",
    "null": "nothing",
}
#: Characters that a field of one line shows.
LINE_LENGTH = 80
_SCALARS = frozenset(("string", "integer", "number"))


class WrongInput(Exception):
    """A text that is no value of its setting; the message is a sentence for the one who wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingInput:
    """One setting as a field of a form.

    Attributes:
        widget: "switch", "choice", "number", "text", "lines" (a list, one entry per line) or "data" (JSON).
        text: What the field shows: "1" or "" for a switch, nothing for a secret.
        before: What it showed when the form was made; it was changed where ``text`` differs.
        is_optional: Whether an empty field means that nothing is set.
        choices: Texts and labels.
        default_text: The default in words; nothing for a secret.
        full_label: The label with what it is a part of, for sentences about it.
        lock: What sets it in the configuration: the name of a file or a variable; "" where it can be changed.
    """

    state: SettingState
    label: str
    help: str
    widget: str
    text: str
    before: str
    is_optional: bool
    choices: tuple[tuple[str, str], ...]
    lock: str
    default_text: str
    problem: str = ""
    full_label: str = ""

    @property
    def key(self) -> str:
        """The dotted key of the setting."""
        return self.state.key

    @property
    def is_changed(self) -> bool:
        """Whether the form holds another value than it was made with."""
        return _lines_alike(self.text) != _lines_alike(self.before)

    @property
    def is_long(self) -> bool:
        """Whether one line is not enough."""
        return self.widget in (LINES, DATA) or len(self.text) > LINE_LENGTH or _lines_alike(self.text).count("\n") > 0

    @property
    def bounds(self) -> dict[str, Any]:
        """Attributes of the field of a number: ``min``, ``max`` and ``step``."""
        parts = _alternatives(self.state.schema)
        if len(parts) != 1:
            return {"step": "any"}
        bounds = {"min": parts[0].get("minimum"), "max": parts[0].get("maximum")}
        step = 1 if parts[0].get("type") == "integer" else "any"
        return {name: value for name, value in {**bounds, "step": step}.items() if value is not None}


def make_input(state: SettingState, words: SettingWords) -> SettingInput:
    """The field for a setting, with its value of now."""
    widget, is_optional = widget_of(state)
    text = "" if state.is_secret else show_value(widget, state.value)
    known = [show_value(CHOICE, value) for value in choices_of(state.schema)]
    if widget == CHOICE and not known:
        known = ["yes", "no"]
    # A JSON schema has them in alphabetical order.
    ordered = [*words.choices, *(choice for choice in known if choice not in words.choices)]
    choices = [(choice, words.choices.get(choice, choice)) for choice in ordered]
    if widget == CHOICE and text not in known:
        # Nothing, or what another version of the plugin had.
        choices.insert(0, (text, text or "not set"))
    elif is_optional:
        choices.insert(0, ("", "not set"))
    return SettingInput(
        state=state,
        label=words.label or key_label(state.key),
        help=(words.help or state.help).replace("`", ""),
        widget=widget,
        text=text,
        before=text,
        is_optional=is_optional,
        choices=tuple(choices),
        lock=PurePath(state.source).name if state.is_locked else "",
        default_text="" if state.is_secret else _default_text(widget, state.default, dict(choices)),
    )


def _default_text(widget: str, default: Any, labels: Mapping[str, str]) -> str:
    if widget == SWITCH:
        return "on" if default else "off"
    text = show_value(widget, default)
    return " ".join(labels.get(text, text).split()) or "empty"


def widget_of(state: SettingState) -> tuple[str, bool]:
    """The kind of field that fits a setting, and whether it may be left empty."""
    schema = state.schema
    parts = _alternatives(schema)
    is_optional = len(parts) < len(schema.get("anyOf", parts)) or None in schema.get("enum", ())
    if parts and all("enum" in part for part in parts):
        return CHOICE, is_optional
    kinds = {part.get("type") for part in parts}
    if kinds == {"boolean"}:
        return (CHOICE if is_optional else SWITCH), is_optional
    if kinds and kinds <= {"integer", "number"}:
        return NUMBER, is_optional
    if kinds == {"array"} and len(parts) == 1:
        item = parts[0].get("items")
        if isinstance(item, dict) and ("enum" in item or item.get("type") in _SCALARS) and _fits_lines(state.value):
            return LINES, is_optional
    elif kinds == {"string"}:
        return TEXT, is_optional
    return DATA, is_optional


def _alternatives(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The kinds of value that a JSON schema allows, without null."""
    return [part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"]


def _fits_lines(value: Any) -> bool:
    """Whether a list comes back unchanged from a field with one entry per line."""
    if not isinstance(value, list):
        return not value or isinstance(value, str)
    return all(str(item) == str(item).strip() != "" and len(str(item).splitlines()) == 1 for item in value)


def show_value(widget: str, value: Any) -> str:
    """The text of a field for a value, which is plain data."""
    if widget == SWITCH:
        return "1" if value else ""
    if value is None:
        return ""
    if widget == LINES and isinstance(value, list):
        return "\n".join(map(str, value))
    if widget == DATA:
        return json.dumps(value, ensure_ascii=False, indent=1)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def read_value(setting: SettingInput, kind: Any) -> Any:
    """What a field means, as plain data.

    Raises:
        WrongInput: It is no value of this kind.
    """
    text = _lines_alike(setting.text)
    if setting.widget == SWITCH:
        return bool(text)
    if setting.widget == CHOICE:
        return _read_choice(setting, text)
    if not text.strip() and setting.is_optional:
        return None
    try:
        value = _convert(setting.widget, text, kind)
        plain = to_plain(value)
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError) as error:
        reason = str(error) if isinstance(error, msgspec.ValidationError) else ""
        raise WrongInput(in_words(reason) or f"Expected {setting.state.type}.") from None
    if isinstance(value, float) and not math.isfinite(value):
        raise WrongInput(f"Expected {setting.state.type}.")
    return plain


def _read_choice(setting: SettingInput, text: str) -> Any:
    for choice in [*choices_of(setting.state.schema), True, False]:
        if show_value(CHOICE, choice) == text and text in (known for known, _ in setting.choices):
            return choice
    if text or not setting.is_optional:
        raise WrongInput(f"Expected {setting.state.type}.")
    return None


def _convert(widget: str, text: str, kind: Any) -> Any:
    if widget == DATA:
        return from_json(text, kind)
    value: Any = text.strip() if widget == NUMBER else text
    if widget == LINES:
        value = [line.strip() for line in text.split("\n") if line.strip()]
    # Strictly first: otherwise the text "null" is nothing.
    try:
        return from_plain(value, kind)
    except msgspec.ValidationError:
        return from_plain(value, kind, strict=False)


def in_words(message: str) -> str:
    """A message about a wrong value as a sentence, without names of Python's types."""
    sentence = " ".join(message.partition(" - at ")[0].replace("`", "").split())
    if sentence.lower().startswith("expected "):
        sentence = re.sub(r"\b(int|float|str|bool|array|null)\b", lambda match: _WORDS[match[1]], sentence)
    return f"{sentence[:1].upper()}{sentence[1:].rstrip('.')}." if sentence else ""


def with_sent_text(setting: SettingInput, form: Mapping[str, Any]) -> SettingInput:
    """The field as a form sends it; as it is where the form does not have it, or it is locked."""
    sent, before = form.get(f"set.{setting.key}"), form.get(f"was.{setting.key}")
    if setting.lock or not isinstance(before, str):
        return setting
    if setting.widget == SWITCH:
        sent = "1" if sent else ""
    if not isinstance(sent, str):
        return setting
    return replace(setting, text=sent, before=before)


def _lines_alike(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
