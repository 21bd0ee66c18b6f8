"""Reading and sending the console's forms of settings."""

from core.services import stored_settings


def form_of(page):
    return page.forms["settings"]


def saved(browser, path, **fields):
    """Fill in fields of the form, by key with "__" for dots, and send it."""
    form = form_of(browser.get(path))
    for key, value in fields.items():
        form[f"set.{key.replace('__', '.')}"] = value
    return form.submit(expect_errors=True)


def stored(plugin="lantern"):
    return stored_settings.read().values_of(plugin)


def field(page, key):
    return page.html.find(id=f"set-{key}")


def about(page, key):
    """What stands at a field: where its value comes from, and what is wrong with it."""
    source, problem = (page.html.find(id=f"set-{key}-{part}") for part in ("source", "problem"))
    return " ".join(source.text.split()), problem.text if problem else ""
