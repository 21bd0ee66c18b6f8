"""The wrong plugins: the files of each, and the sentence it gets.

A text that is no mapping is the file ``sms.py`` in the folder of plugins, where ``{folder}`` in a sentence stands for
that folder. Most begin with ``HEAD``, and those with an API are completed by ``API``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

HEAD = """\
import click, msgspec
from frontdesk import CredentialIssuer, Dialect, ErrorReply, Importer, RequestSteps, Route, ServiceEditor, hookimpl

REQUIRES = ">=1.0,<2"

"""
API = """
class Notes:
    def on_get(self, req, resp):
        pass

def render_error(req, error):
    return ErrorReply(500, {})

def dialect(routes=None, **changes):
    fields = {"name": "sms", "prefixes": ["/sms"], "render_error": render_error, **changes}
    return Dialect(routes=[Route("/sms/notes", Notes())] if routes is None else routes, **fields)

"""
MIGRATIONS = (
    HEAD
    + 'from pathlib import Path\n\n@hookimpl\ndef register_migrations():\n    return Path(__file__).parent / "migrations"\n'
)
CREATE = (
    'from peewee import TextField\n\ndef migrate(schema):\n    schema.create_table("sms_note", {"text": TextField()})\n'
)


@dataclass(frozen=True)
class Mistake:
    """A wrong plugin; ``warns`` where the server starts all the same."""

    sentence: str
    files: Mapping[str, str]
    enabled: Sequence[str] = ("sms",)
    settings: Mapping[str, object] = field(default_factory=dict)
    command: Sequence[str] = ("check",)
    warns: bool = False


def one(sentence: str, text: str, **rest) -> Mistake:
    """A plugin of one file."""
    return Mistake(sentence, {"sms.py": text}, **rest)


def hook(name: str, body: str, sentence: str) -> Mistake:
    """A plugin with one hook."""
    arguments = "" if name in WITHOUT_HOST else "host"
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    space = "" if sentence[0] == ":" else " "
    return one(
        f"plugin 'sms': {name}{space}{sentence}", f"{HEAD}{API}@hookimpl\ndef {name}({arguments}):\n{indented}\n"
    )


WITHOUT_HOST = (
    "register_settings",
    "register_settings_screen",
    "register_models",
    "register_migrations",
    "register_commands",
)


def steps(body: str, sentence: str) -> Mistake:
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    text = f"{HEAD}{API}class Steps(RequestSteps):\n{indented}\n\n@hookimpl\ndef register_dialect(host):\n    return dialect(steps=Steps())\n"
    return one(f"plugin 'sms': register_dialect: {sentence}", text)


def struct(body: str, sentence: str) -> Mistake:
    text = f"{HEAD}class Settings(msgspec.Struct):\n    {body}\n\n@hookimpl\ndef register_settings():\n    return Settings\n"
    return one(f"plugin 'sms': register_settings: {sentence}", text)


def screen(body: str, sentence: str) -> Mistake:
    """A plugin with settings whose screen is wrong."""
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    space = "" if sentence[0] == ":" else " "
    text = (
        f"{HEAD}from typing import Literal\nfrom frontdesk.settings import *\n\n"
        "class Settings(msgspec.Struct):\n    tides: int = 3\n    flag: Literal['red', 'white'] = 'red'\n\n"
        "@hookimpl\ndef register_settings():\n    return Settings\n\n"
        f"@hookimpl\ndef register_settings_screen():\n{indented}\n"
    )
    return one(f"plugin 'sms': register_settings_screen{space}{sentence}", text)


def migrations(sentence: str, **scripts: str) -> Mistake:
    files = {f"sms/migrations/{name}.py": text for name, text in scripts.items()}
    return Mistake(f"plugin 'sms': register_migrations: {sentence}", {"sms/__init__.py": MIGRATIONS, **files})


def both(name: str, answer: str, sentence: str) -> Mistake:
    """Two plugins, sms and mail, that register the same."""
    text = f"{HEAD}def f(*args, **kwargs):\n    return None\n\n@hookimpl\ndef {name}(host):\n    return {answer}\n"
    return Mistake(
        f"plugins 'sms' and 'mail' both bring {sentence}; rename one.",
        {"sms.py": text, "mail.py": text},
        enabled=("sms", "mail"),
    )


def page(change: str, sentence: str) -> Mistake:
    """A plugin with one page of the console, of which something is wrong."""
    fields = f"{{'slug': 'notes', 'title': 'Notes', 'show': print, **dict({change})}}"
    body = f"from frontdesk.console import ConsolePage\nreturn [ConsolePage(**{fields})]"
    return hook("register_console_pages", body, f": {sentence}")


def failing(name: str, text: str, reason: str) -> Mistake:
    """A second migration that fails when it is applied."""
    files = {"sms/__init__.py": MIGRATIONS, "sms/migrations/0001_init.py": CREATE, f"sms/migrations/{name}.py": text}
    sentence = f"the migration {name}.py of the plugin 'sms' failed ({reason}); the datastore is as it was before."
    return Mistake(sentence, files, command=("migrate",))


_EXAMPLE = 'REQUIRES = ">=1.2,<2"'
_KEYS = "create=f, booking_command=f"

MISTAKES: dict[str, Mistake] = {
    # -- which plugin
    "unknown": one("{config}: plugins.enabled: there is no plugin 'smss'; did you mean 'sms'?", HEAD, enabled=["smss"]),
    "unknown path": one(
        "{config}: plugins.enabled: there is no plugin 'sms.api'; did you mean 'sms'?", HEAD, enabled=["sms.api"]
    ),
    "reserved name": Mistake(
        "{config}: plugins.enabled: a plugin cannot be called 'path'; that name means something else here.",
        {"path.py": HEAD},
        enabled=["path"],
    ),
    "name that no table can begin with": Mistake(
        "{config}: plugins.enabled: a plugin cannot be called 'my-sms'; a name has up to 40 lower-case letters, digits"
        " and underscores, because its tables and settings begin with it.",
        {"my-sms/__init__.py": HEAD},
        enabled=["my-sms"],
    ),
    "name of a module of Python": Mistake(
        "plugin 'json' of the folder {folder} is hidden by another module 'json' ({json}); rename one of them.",
        {"json.py": HEAD},
        enabled=["json"],
    ),
    "name of a built-in plugin": Mistake(
        "{config}: plugins.enabled: this program and the folder {folder} both bring a plugin 'bkap'; remove or rename"
        " one of them.",
        {"bkap.py": HEAD},
        enabled=["bkap"],
    ),
    "twice": one("{config}: plugins.enabled names 'sms' twice.", HEAD, enabled=["sms", "sms"]),
    "no such attribute": one("plugin 'hooks': the module sms has no 'hooks'.", HEAD, enabled=["sms:hooks"]),
    "a class as plugin": one(
        "plugin 'hooks': sms:hooks is a class; name an object of it.",
        HEAD + "class hooks:\n    pass\n",
        enabled=["sms:hooks"],
    ),
    # -- the module
    "cannot be imported": one(
        "plugin 'sms' cannot be imported: ModuleNotFoundError: No module named 'twillio' (sms.py, line 1).",
        "import twillio\n",
    ),
    "syntax error": one(
        "plugin 'sms' cannot be imported: SyntaxError: expected ':' (sms.py, line 1).", "def hello()\n    pass\n"
    ),
    "fails while it is imported": one(
        "plugin 'sms' cannot be imported: KeyError: 'SMS_TOKEN' (sms.py, line 2).",
        'import os\nTOKEN = {}["SMS_TOKEN"]\n',
    ),
    "ends Python": one("plugin 'sms' cannot be imported: SystemExit: 3 (sms.py, line 2).", "import sys\nsys.exit(3)\n"),
    # -- versions
    "no versions": one(
        f"plugin 'sms' does not say which versions it works with; write {_EXAMPLE} into it.",
        "from frontdesk import hookimpl\n",
    ),
    "the number before": one(
        f"plugin 'sms' says API_VERSION, which is no longer read; write {_EXAMPLE} instead.", "API_VERSION = 1\n"
    ),
    "versions as a number": one(f"plugin 'sms': REQUIRES must be a text; write {_EXAMPLE}.", "REQUIRES = 1\n"),
    "versions that are none": one(
        f"plugin 'sms': REQUIRES = 'one and up' names no versions; write {_EXAMPLE}.", 'REQUIRES = "one and up"\n'
    ),
    "newer versions": one(
        "plugin 'sms' works with >=7 of the plugin surface, and this program has 1.2; upgrade frontdesk, or install an"
        " older version of the plugin.",
        'REQUIRES = ">=7"\n',
    ),
    "older versions": one(
        "plugin 'sms' works with <1 of the plugin surface, and this program has 1.2; install a newer version of the plugin.",
        'REQUIRES = "<1"\n',
    ),
    # -- order
    "a text for a tuple": one(
        "plugin 'sms': RUNS_BEFORE must be a tuple of names, as in ('surcharge',).",
        HEAD + 'RUNS_BEFORE = ("surcharge")\n',
    ),
    "misspelt order": one(
        "plugin 'sms' has RUN_BEFORE, which nobody reads; did you mean 'RUNS_BEFORE'?",
        HEAD + 'RUN_BEFORE = ("surcharge",)\n',
    ),
    "an unknown neighbour": one(
        "plugin 'sms': RUNS_AFTER names 'bkapp', and there is none; did you mean 'bkap'?",
        HEAD + 'RUNS_AFTER = ("bkapp",)\n',
        warns=True,
    ),
    # -- hooks
    "misspelt hook": one(
        "plugin 'sms' implements an unknown hook 'check_bookings'; did you mean 'check_booking'?",
        HEAD + "@hookimpl\ndef check_bookings(request):\n    pass\n",
    ),
    "forgotten mark": one(
        "plugin 'sms' has a 'check_booking' without @hookimpl, so nobody calls it.",
        HEAD + "def check_booking(request):\n    pass\n",
    ),
    "hook in a class": one(
        "plugin 'sms' has the hook 'check_booking' in the class Checks, where nobody calls it; make it a function of the"
        " module.",
        HEAD + "class Checks:\n    @hookimpl\n    def check_booking(self, request):\n        pass\n",
    ),
    "unknown argument": one(
        "plugin 'sms': filter_slots takes 'slot', which this hook has not; did you mean 'slots'?",
        HEAD + "@hookimpl\ndef filter_slots(slot):\n    return slot\n",
    ),
    "coroutine": one(
        "plugin 'sms': its check_booking is async; hooks are plain functions.",
        HEAD + "@hookimpl\nasync def check_booking(request):\n    pass\n",
    ),
    "generator": one(
        "plugin 'sms': its filter_slots is a generator; hooks return their answer.",
        HEAD + "@hookimpl\ndef filter_slots(slots):\n    yield from slots\n",
    ),
    "wrapper": one(
        "plugin 'sms': its filter_slots is a wrapper, which this host does not call; take the value and return it, with a"
        " priority.",
        HEAD + "@hookimpl(wrapper=True)\ndef filter_slots(slots):\n    return (yield)\n",
    ),
    "a hook that fails": one(
        "plugin 'sms' failed in register_dialect: ZeroDivisionError: division by zero (sms.py, line 8).",
        HEAD + "@hookimpl\ndef register_dialect(host):\n    return 1 / 0\n",
    ),
    # -- dialects
    "dialect as a dict": hook(
        "register_dialect", "return {'name': 'sms'}", "must return a Dialect or a list of them, not a dict."
    ),
    "dialect forgotten": hook(
        "register_dialect", "dialect()", "must return a Dialect or a list of them, not None (is a return missing?)."
    ),
    "dialect as a coroutine": hook(
        "register_dialect",
        "async def later():\n    return dialect()\nreturn later()",
        "must return a Dialect or a list of them, not a coroutine.",
    ),
    "prefix of the host": one(
        "plugin 'sms' claims the prefix '/docs/sms', which cannot be claimed.",
        f"{HEAD}{API}@hookimpl\ndef register_dialect(host):\n"
        "    return dialect(prefixes=['/docs/sms'], routes=[Route('/docs/sms/notes', Notes())])\n",
    ),
    "prefix as a text": hook(
        "register_dialect",
        "return dialect(prefixes='/sms')",
        ": prefixes must be a list of paths such as ['/sms/v1'], not the text '/sms'.",
    ),
    "no error renderer": hook(
        "register_dialect",
        "return dialect(render_error=None)",
        ": render_error must be a function, not None.",
    ),
    "error renderer without the request": hook(
        "register_dialect",
        "return dialect(render_error=lambda error: None)",
        ": render_error is called with req, error, and does not take that (too many positional arguments).",
    ),
    "route without responders": hook(
        "register_dialect",
        "return dialect([Route('/sms/notes', object())])",
        ": the route /sms/notes needs a responder such as on_get(self, req, resp), and object has none.",
    ),
    "route with another suffix": hook(
        "register_dialect",
        "return dialect([Route('/sms/notes', Notes(), suffix='one')])",
        ": the route /sms/notes needs a responder such as on_get_one(self, req, resp), and Notes has only on_get.",
    ),
    "route with a class": hook(
        "register_dialect",
        "return dialect([Route('/sms/notes', Notes)])",
        ": the route /sms/notes has the class Notes; give it an object: Notes().",
    ),
    "responder without the field": hook(
        "register_dialect",
        "return dialect([Route('/sms/notes/{number}', Notes())])",
        ": on_get of the route /sms/notes/{number} is called with req, resp, number=, and does not take that (got an"
        " unexpected keyword argument 'number').",
    ),
    "route twice": hook(
        "register_dialect",
        "return dialect([Route('/sms/notes', Notes()), Route('/sms/notes', Notes())])",
        ": the route /sms/notes is there twice; the second would hide the first.",
    ),
    "template that Falcon refuses": one(
        "plugin 'sms' has a route that cannot be used: /sms/{1}: Field names must be valid identifiers (\"1\" is not valid).",
        f"{HEAD}{API}@hookimpl\ndef register_dialect(host):\n    return dialect([Route('/sms/{{1}}', Notes())])\n",
    ),
    "misspelt step": steps(
        "def before_handlr(self, req, resp, resource, params):\n    raise RuntimeError('no key')",
        "steps have a method 'before_handlr', which nobody calls; did you mean 'before_handler'?",
    ),
    "old step": steps(
        "def sign_in(self, req):\n    pass",
        "steps have a method 'sign_in', which nobody calls; there are before_routing, before_handler, after_response.",
    ),
    "step with other arguments": steps(
        "def before_handler(self, req, resp):\n    pass",
        "before_handler of steps is called with req, resp, resource, params, and does not take that (too many positional"
        " arguments).",
    ),
    "steps of any class": hook(
        "register_dialect",
        "return dialect(steps=Notes())",
        ": steps must be an object of a class on RequestSteps, not a Notes.",
    ),
    # -- settings
    "settings as an object": hook(
        "register_settings",
        "class Settings(msgspec.Struct):\n    berths: int = 3\nreturn Settings()",
        "must return the class Settings itself, not a Settings.",
    ),
    "settings as a dict": hook(
        "register_settings", "return {'berths': 3}", "must return a class on msgspec.Struct, not a dict."
    ),
    "settings as another class": hook(
        "register_settings",
        "class Settings:\n    berths = 3\nreturn Settings",
        "must return a class on msgspec.Struct, not the class Settings.",
    ),
    "setting without a default": struct("berths: int", "the setting 'berths' of Settings has no default."),
    "default of another type": struct(
        "berths: int = 'three'",
        "the setting 'berths' of Settings has a default that does not fit its type: expected int, got str.",
    ),
    "misspelt setting": one(
        "{config}: plugins.sms.tide: unknown setting; did you mean 'tides'?",
        HEAD
        + "class Settings(msgspec.Struct):\n    tides: int = 3\n\n@hookimpl\ndef register_settings():\n    return Settings\n",
        settings={"tide": 4},
    ),
    # -- tables
    "one model, no list": one(
        "plugin 'sms': register_models must return a list of models, not the class SmsNote.",
        HEAD
        + "from frontdesk.database import BaseModel\n\nclass SmsNote(BaseModel):\n    pass\n\n@hookimpl\ndef register_models():\n    return SmsNote\n",
    ),
    "no model": hook(
        "register_models", "return [Notes]", "must return a list of classes on BaseModel, not the class Notes."
    ),
    "table of another name": one(
        "plugin 'sms' has a table 'note'; its name must begin with 'sms_'.",
        HEAD
        + "from frontdesk.database import BaseModel\n\nclass Note(BaseModel):\n    pass\n\n@hookimpl\ndef register_models():\n    return [Note]\n",
    ),
    "models without migrations": one(
        "plugin 'sms' registers models but no migrations that make their tables.",
        HEAD
        + "from frontdesk.database import BaseModel\n\nclass SmsNote(BaseModel):\n    pass\n\n@hookimpl\ndef register_models():\n    return [SmsNote]\n",
    ),
    "migrations somewhere": hook(
        "register_migrations",
        "return 'migrations'",
        ': the folder migrations is relative to wherever the server starts; write Path(__file__).parent / "migrations".',
    ),
    "no folder of migrations": migrations("there is no folder {folder}/sms/migrations."),
    "misnamed migration": migrations(
        "'init.py' is no name of a migration, such as 0001_name.py, in {folder}/sms/migrations.", init=CREATE
    ),
    "migration missing": migrations(
        "the migration 0002 is missing before 0003_text.py in {folder}/sms/migrations.",
        **{"0001_init": CREATE, "0003_text": CREATE},
    ),
    "two migrations of one number": migrations(
        "two migrations have the number 0001 (0001_init.py and 0001_text.py) in {folder}/sms/migrations.",
        **{"0001_init": CREATE, "0001_text": CREATE},
    ),
    "no migration": Mistake(
        "plugin 'sms': register_migrations: there is no migration such as 0001_init.py in {folder}/sms/migrations.",
        {"sms/__init__.py": MIGRATIONS, "sms/migrations/__init__.py": ""},
    ),
    "migration with wrong SQL": failing(
        "0002_text",
        'def migrate(schema):\n    schema.execute("ALTER tabel sms_note ADD COLUMN x TEXT")\n',
        'OperationalError: near "tabel": syntax error',
    ),
    "migration that raises": failing("0002_text", "def migrate(schema):\n    {}['x']\n", "KeyError: 'x'"),
    "migration without a function": failing(
        "0002_text", "def upgrade(schema):\n    pass\n", "AttributeError: it has no function migrate(schema)"
    ),
    "column without a default": failing(
        "0002_text",
        'from peewee import TextField\n\ndef migrate(schema):\n    schema.add_column("sms_note", "to", TextField())\n',
        "MigrationError: the new column sms_note.to needs a default, or null=True",
    ),
    "table of core": failing(
        "0002_text",
        'def migrate(schema):\n    schema.drop_table("booking")\n',
        "MigrationError: the table booking is none of sms, whose tables begin with sms_",
    ),
    # -- the rest of what is registered
    "command as a function": hook(
        "register_commands", "return [print]", "must return a list of click commands, not a builtin_function_or_method."
    ),
    "two commands of one name": hook(
        "register_commands",
        "return [click.Command('send'), click.Command('send')]",
        ": two commands are called 'send'.",
    ),
    "health as a list": hook(
        "register_health", "return [print]", "must return a dict of functions by name, not a list."
    ),
    "gauge with arguments": hook(
        "register_gauges",
        "return {'sent': lambda host: {}}",
        ": 'sent' is called with no arguments, and does not take that (missing a required argument: 'host').",
    ),
    "gauge with a wrong name": hook(
        "register_gauges",
        "return {'sent-sms': dict}",
        ": the text 'sent-sms' is no name; each needs a name of small letters, digits and underscores.",
    ),
    "gauge of the host": one(
        "this program and plugin 'sms' both bring a gauge 'event_backlog'; rename one.",
        HEAD + "@hookimpl\ndef register_gauges(host):\n    return {'event_backlog': dict}\n",
    ),
    "worker that is none": hook(
        "register_workers", "return {'send': 5}", ": 'send' must be a function, not the value 5."
    ),
    "workers as a list": hook(
        "register_workers", "return [print]", "must return a dict of functions by name, not a list."
    ),
    "worker with async": hook(
        "register_workers",
        "async def send():\n    return 1\nreturn {'send': send}",
        ": 'send' must be a plain function, without async.",
    ),
    "importer as a dict": hook("register_importer", "return {'load': print}", "must return an Importer, not a dict."),
    "importer with other arguments": hook(
        "register_importer",
        "return Importer(dialect='sms', load=lambda data: {}, dump=lambda site, now: {})",
        ": load is called with document, site=, now=, and does not take that (got an unexpected keyword argument 'site').",
    ),
    "keys as a text": hook(
        "register_credentials", "return 'sms'", "must return a CredentialIssuer, not the text 'sms'."
    ),
    "a settings screen as a dict": screen("return {}", "must return a SettingsScreen, not a dict."),
    "a settings screen with a list of texts": screen(
        "return SettingsScreen(groups=[SettingsGroup(title='Tides', settings=['tides'])])",
        ": settings must be a list of SettingWords, not the text 'tides'.",
    ),
    "a settings screen with a title that is none": screen(
        "return SettingsScreen(groups=[SettingsGroup(title=None)])",
        ": title of a SettingsGroup must be a text, not None.",
    ),
    "a settings screen that is too deep": screen(
        "group = SettingsGroup(title='Tides')\nfor _ in range(3):\n    group = SettingsGroup(title='Sea', groups=[group])\n"
        "return SettingsScreen(groups=[group])",
        ": the group 'Tides' is too deep; there are 3 levels.",
    ),
    "a settings screen of another setting": screen(
        "return SettingsScreen(groups=[SettingsGroup(title='Tides', settings=[SettingWords(key='tide')])])",
        ": there is no setting 'tide'; the nearest name is 'tides'.",
    ),
    "a settings screen with a setting twice": screen(
        "words = SettingWords(key='tides')\nreturn SettingsScreen(groups=[SettingsGroup(title='A', settings=[words, words])])",
        ": the setting 'tides' is there twice.",
    ),
    "a settings screen with a choice that is none": screen(
        "words = SettingWords(key='flag', choices={'rad': 'Red'})\n"
        "return SettingsScreen(groups=[SettingsGroup(title='A', settings=[words])])",
        ": 'flag' has no choice 'rad'; the nearest name is 'red'.",
    ),
    "a settings screen with a key that is not single": screen(
        "return SettingsScreen(key=KeyWords(title='The key'))",
        ": key is for a dialect with a single key, and the plugin has none.",
    ),
    "personal data as a dict": hook(
        "register_personal_data", "return {'customer': ['crew']}", "must return a PersonalData, not a dict."
    ),
    "personal data of no dialect": hook(
        "register_personal_data",
        "from frontdesk import PersonalData\nreturn PersonalData(dialect='')",
        ": the dialect must be the name of one, not the text ''.",
    ),
    "personal data of a kind that is none": hook(
        "register_personal_data",
        "from frontdesk import PersonalData\nreturn PersonalData(dialect='sms', fields={'client': ['crew']})",
        ": there are no extras of kind 'client'; there are those of customer, booking, order, order_item, payment,"
        " package_purchase, gift_card_sold.",
    ),
    "personal data as a text": hook(
        "register_personal_data",
        "from frontdesk import PersonalData\nreturn PersonalData(dialect='sms', fields={'customer': 'crew'})",
        ": the fields of 'customer' must be a list of keys or paths such as 'guests.*.name'.",
    ),
    "personal data erased without a person": hook(
        "register_personal_data",
        "from frontdesk import PersonalData\nreturn PersonalData(dialect='sms', erase=lambda: 0)",
        ": erase is called with person, and does not take that (too many positional arguments).",
    ),
    "two answers about personal data": both(
        "register_personal_data",
        "__import__('frontdesk').PersonalData(dialect='till')",
        "personal data for the dialect 'till'",
    ),
    "editor as a dict": hook(
        "register_service_editor", "return {'show': print}", "must return a ServiceEditor, not a dict."
    ),
    "editor that returns nothing": hook(
        "register_service_editor", "pass", "must return a ServiceEditor, not None (is a return missing?)."
    ),
    "editor with other arguments": hook(
        "register_service_editor",
        "def change(service, change):\n    return None\n"
        "return ServiceEditor(dialect='sms', show=lambda id: {}, offer=lambda service: None, change=change)",
        ": change is called with service, change, now=, and does not take that (got an unexpected keyword argument"
        " 'now').",
    ),
    "editor that shows nothing": hook(
        "register_service_editor",
        "return ServiceEditor(dialect='sms', show={}, offer=lambda service: None, change=print)",
        ": show must be a function, not a dict.",
    ),
    # -- two plugins
    "webhooks as a dict": hook("register_webhooks", "return {}", "must return a Webhooks, not a dict."),
    "webhooks that cannot be listed by page": hook(
        "register_webhooks",
        "from frontdesk.webhooks import Webhooks\n"
        "return Webhooks(webhooks=list, deliveries=lambda webhook_id, limit: [], attempts=dict, replay=dict,"
        " set_enabled=dict)",
        ": deliveries is called with webhook_id=, status=, before=, limit=, and does not take that (got an unexpected"
        " keyword argument 'status').",
    ),
    "an async replay": hook(
        "register_webhooks",
        "from frontdesk.webhooks import Webhooks\nasync def replay(delivery_id, now):\n    pass\n"
        "return Webhooks(webhooks=list, deliveries=dict, attempts=dict, replay=replay, set_enabled=dict)",
        ": replay must be a plain function, without async.",
    ),
    "pages by name": hook(
        "register_console_pages", "return {'notes': print}", "must return a list of ConsolePage, not a dict."
    ),
    "page with a slash": page(
        "slug='a/b'", "the slug of a page has small letters, digits and dashes, and is not the text 'a/b'."
    ),
    "page without a title": page("title=' '", "the page 'notes' needs a title of up to 40 letters, not the text ' '."),
    "page for an unknown role": page(
        "role='veiwer'", "the role of the page 'notes' is none of viewer, operator, owner, but the text 'veiwer'."
    ),
    "page for no role": page(
        "submit_role=3", "the submit_role of the page 'notes' is none of viewer, operator, owner, but the value 3."
    ),
    "page that takes nothing": page(
        "show=lambda: None",
        "show of the page 'notes' is called with request, and does not take that (too many positional arguments).",
    ),
    "form that is no function": page(
        "submit='save'", "submit of the page 'notes' must be a function, not the text 'save'."
    ),
    "two pages of one slug": hook(
        "register_console_pages",
        "from frontdesk.console import ConsolePage\n"
        "return [ConsolePage(slug='notes', title='Notes', show=print) for _ in range(2)]",
        ": two pages have the slug 'notes'.",
    ),
    "a plugin called like a page of the console": Mistake(
        "this program and plugin 'bookings' both have pages at /desk/bookings; rename the plugin.",
        {
            "bookings.py": HEAD
            + "from frontdesk.console import ConsolePage\n\n@hookimpl\ndef register_console_pages(host):\n"
            "    return [ConsolePage(slug='notes', title='Notes', show=print)]\n"
        },
        enabled=["bookings"],
    ),
    "a dialect at the console's prefix": one(
        "this program and plugin 'sms' both claim the prefix '/desk'; disable one.",
        f"{HEAD}{API}@hookimpl\ndef register_dialect(host):\n"
        "    return dialect(prefixes=['/desk'], routes=[Route('/desk/notes', Notes())])\n",
    ),
    "two importers": both(
        "register_importer", "Importer(dialect='till', load=f, dump=f)", "an importer for the dialect 'till'"
    ),
    "two kinds of keys": both(
        "register_credentials", f"CredentialIssuer(dialect='till', realm='x', {_KEYS})", "keys for the dialect 'till'"
    ),
    "two editors": both(
        "register_service_editor",
        "ServiceEditor(dialect='till', show=f, offer=f, change=f)",
        "an editor of services for the dialect 'till'",
    ),
    "two gauges": both("register_gauges", "{'sent': f}", "a gauge 'sent'"),
    "two dialects": Mistake(
        "plugins 'sms' and 'mail' both claim the prefix '/sms'; disable one.",
        {
            f"{name}.py": f"{HEAD}{API}@hookimpl\ndef register_dialect(host):\n    return dialect(name='{name}')\n"
            for name in ("sms", "mail")
        },
        enabled=("sms", "mail"),
    ),
    "a command of the program": Mistake(
        "the commands of the plugin 'keys' cannot be reached, because frontdesk has a command of that name",
        {"keys.py": HEAD + "@hookimpl\ndef register_commands():\n    return [click.Command('send')]\n"},
        enabled=("keys",),
        warns=True,
    ),
}
