"""What holds for all tests."""


def pytest_collection_modifyitems(items):
    """What starts a server of its own for the conformance suite is slow; tests/races does it for four dialects at once."""
    for item in items:
        if item.get_closest_marker("frontdesk_server"):
            item.add_marker("slow")
