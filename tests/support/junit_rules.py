"""What a JUnit file has to be, as the schema of Jenkins' xunit-plugin (junit-10.xsd) has it.

The schema itself is a file of others and stays out; its rules are few: which elements stand in
which, which attributes they may have, and which they must.
"""

from xml.etree import ElementTree as ET

CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testsuite", "properties", "testcase", "system-out", "system-err"},
    "testcase": {"skipped", "error", "failure", "system-out", "system-err"},
    "failure": set(),
    "error": set(),
    "skipped": set(),
}
REQUIRED = {
    "testsuites": set(),
    "testsuite": {"name", "tests", "failures", "errors"},
    "testcase": {"name"},
    "failure": set(),
    "error": set(),
    "skipped": set(),
}
ALLOWED = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": REQUIRED["testsuite"] | {"group", "time", "skipped", "timestamp", "hostname", "id"}
    | {"package", "file", "log", "url", "version"},
    "testcase": {"name", "time", "classname", "group"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"type", "message"},
}  # fmt: skip
TEXT = {"failure", "error", "skipped", "system-out", "system-err"}


def check_junit(text):
    """Hold a JUnit file against the schema's rules, and its counts against its cases."""
    root = ET.fromstring(text)
    assert root.tag == "testsuites"
    for element in root.iter():
        attributes = set(element.attrib)
        assert element.tag in CHILDREN
        assert {child.tag for child in element} <= CHILDREN[element.tag]
        assert REQUIRED[element.tag] <= attributes <= ALLOWED[element.tag]
        for said in (element.text, *(child.tail for child in element)):
            assert element.tag in TEXT or not (said or "").strip()
    for suite in (root, *root.iter("testsuite")):
        cases = list(suite.iter("testcase"))
        assert suite.get("tests") == str(len(cases))
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            if count in suite.attrib:
                assert suite.get(count) == str(sum(case.find(tag) is not None for case in cases))
    named = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(named) == len(set(named)), "GitLab reads the first of two cases of one name"
    return root
