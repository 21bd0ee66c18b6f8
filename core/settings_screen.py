"""How a plugin words and groups its settings on the console's page about them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from core.answer_checks import PluginAnswer, describe_value, first_wrong, is_list_of
from core.http.dialect import CredentialIssuer
from core.setting_fields import section_help, setting_fields
from core.suggestions import nearest_name

#: Groups within groups.
MAX_DEPTH = 3
_ABBREVIATIONS = frozenset(("api", "csv", "http", "https", "id", "ip", "json", "sms", "url"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingWords:
    """What people read about one setting.

    Attributes:
        key: Its dotted key in the settings struct, such as ``limits.per_minute``.
        label: Its name; by default made of the key.
        help: By default what the struct says.
        choices: Labels for the values of a setting with choices; by default the values themselves.
    """

    key: str
    label: str = ""
    help: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsGroup:
    """Settings under one heading, and groups below them."""

    title: str
    help: str = ""
    settings: Sequence[SettingWords] = ()
    groups: Sequence["SettingsGroup"] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWords:
    """What people read about the one key of a dialect that has a single key for the whole site."""

    title: str
    help: str = ""
    button: str = "Generate"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsScreen:
    """The page with a plugin's settings. Settings that no group names stand at its end.

    Attributes:
        title: The heading, such as "API settings"; by default the name in ``vendor``.
        vendor: Whose it is, as people write the name; by default the plugin's name.
        help: One or two sentences below the heading; by default what the struct says.
        key: The words for making the dialect's key there; only for a dialect whose key is single.
    """

    title: str = ""
    vendor: str = ""
    help: str = ""
    groups: Sequence[SettingsGroup] = ()
    key: KeyWords | None = None


def check_screen_answer(answer: PluginAnswer, value: Any) -> SettingsScreen:
    """Refuse what is no screen; which settings there are is known later (``check_screen``)."""
    if not isinstance(value, SettingsScreen):
        raise answer.expected("a SettingsScreen", value)
    if value.key is not None and not isinstance(value.key, KeyWords):
        raise answer.problem(f"key must be KeyWords, not {describe_value(value.key)}")
    _check_texts(answer, value, "title", "vendor", "help")
    _check_groups(answer, value.groups, depth=1)
    return value


def _check_groups(answer: PluginAnswer, groups: Any, *, depth: int) -> None:
    if not is_list_of(groups, SettingsGroup):
        wrong = first_wrong(groups, SettingsGroup)
        raise answer.problem(f"groups must be a list of SettingsGroup, not {describe_value(wrong)}")
    if groups and depth > MAX_DEPTH:
        raise answer.problem(f"the group {groups[0].title!r} is too deep; there are {MAX_DEPTH} levels")
    for group in groups:
        _check_texts(answer, group, "title", "help")
        if not is_list_of(group.settings, SettingWords):
            wrong = first_wrong(group.settings, SettingWords)
            raise answer.problem(f"settings must be a list of SettingWords, not {describe_value(wrong)}")
        for words in group.settings:
            _check_texts(answer, words, "key", "label", "help")
            if not isinstance(words.choices, Mapping):
                raise answer.problem(f"choices of {words.key!r} must be a dict, not {describe_value(words.choices)}")
        _check_groups(answer, group.groups, depth=depth + 1)


def _check_texts(answer: PluginAnswer, value: Any, *names: str) -> None:
    for name in names:
        text = getattr(value, name)
        if not isinstance(text, str):
            raise answer.problem(f"{name} of a {type(value).__name__} must be a text, not {describe_value(text)}")


def check_screen(plugin: str, screen: SettingsScreen, struct: type[Struct], issuer: CredentialIssuer | None) -> None:
    """Compare a screen with the settings and keys that the plugin has.

    Raises:
        PluginError: It names a setting or choice that does not exist, or one twice, or a key that is not single.
    """
    answer = PluginAnswer(plugin, "register_settings_screen")
    fields = setting_fields(struct)
    words = list(words_of(screen.groups))
    for word in words:
        if word.key not in fields:
            raise answer.problem(f"there is no setting {word.key!r}{_nearest(word.key, fields)}")
        known = [str(choice) for choice in choices_of(fields[word.key].schema)]
        for choice in word.choices:
            if choice not in known:
                raise answer.problem(f"{word.key!r} has no choice {choice!r}{_nearest(choice, known)}")
    twice = [key for key, count in Counter(word.key for word in words).items() if count > 1]
    if twice:
        raise answer.problem(f"the setting {twice[0]!r} is there twice")
    if screen.key is not None and (issuer is None or not issuer.is_single):
        raise answer.problem("key is for a dialect with a single key, and the plugin has none")


def _nearest(name: str, names: Iterable[str]) -> str:
    match = nearest_name(name, names)
    return f"; the nearest name is {match!r}" if match else ""


def words_of(groups: Sequence[SettingsGroup]) -> Iterator[SettingWords]:
    """The words of all settings in these groups."""
    for group in groups:
        yield from group.settings
        yield from words_of(group.groups)


def choices_of(schema: Mapping[str, Any]) -> list[Any]:
    """The values that a JSON schema lists, without null."""
    if "anyOf" in schema:
        return [choice for part in schema["anyOf"] for choice in choices_of(part)]
    return [choice for choice in schema.get("enum", ()) if choice is not None]


def complete_screen(screen: SettingsScreen | None, struct: type[Struct]) -> SettingsScreen:
    """A screen with every setting: what the plugin left out follows in a group for each part of the struct."""
    screen = screen or SettingsScreen()
    named = {words.key for words in words_of(screen.groups)}
    rest: dict[str, list[SettingWords]] = {}
    for key in setting_fields(struct):
        if key not in named:
            rest.setdefault(key.rpartition(".")[0], []).append(SettingWords(key=key))
    helps = section_help(struct)
    own_title = "Further settings" if screen.groups else ""
    groups = [
        SettingsGroup(
            title=key_label(section) if section else own_title, help=helps[section] if section else "", settings=words
        )
        for section, words in rest.items()
    ]
    return SettingsScreen(
        title=screen.title,
        vendor=screen.vendor,
        help=screen.help or helps[""],
        groups=[*screen.groups, *groups],
        key=screen.key,
    )


def key_label(key: str) -> str:
    """A dotted key as people read it: "Cart minutes" for ``cart_minutes``, without what it is a part of."""
    words = key.rpartition(".")[2].replace("_", " ").split()
    text = " ".join(word.upper() if word in _ABBREVIATIONS else word for word in words)
    return text[:1].upper() + text[1:]
