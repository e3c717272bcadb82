"""The pytest plugin in projects of its own: what is collected, what is told, and what it costs who does not use it."""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree

import pytest

import propcheck.gate.testing  # the modules that a run within this one must not load a second time
from propcheck.verdict import InputError

pytest_plugins = ["pytester"]

ROOT = Path(propcheck.__file__).parent.parent
INSTALLED = any(point.name == "propcheck" for point in metadata.entry_points(group="pytest11"))
LOADED = [] if INSTALLED else ["-p", "propcheck.pytest_plugin"]

DESIGNS = {
    "soft_elu": """
        name = "soft_elu"
        title = "Soft ELU"
        expression = "x if x >= 0 else a*tanh(x)"

        [parameters.a]
        role = "trained"
        default = 0.5
        range = "0 < a < 1"

        [claims]
        derivative = "1 if x >= 0 else a*(1 - tanh(x)**2)"
        monotonicity = "increasing"
        """,
    "leap": """
        name = "leap"
        expression = "x*sigmoid(3*x)"

        [claims]
        derivative = "sigmoid(3*x) + x*sigmoid(3*x)*(1 - sigmoid(3*x))"
        "saturation.left" = "soft"
        """,
    "bend": """
        name = "bend"
        expression = "max(x, x/10)"

        [claims]
        dead_units = [{is = "holds", source = "page 1"}, {is = "+", source = "page 2"}]
        """,
}
DEAD = 'name = "dead"\nexpression = "max(0, x)"\n[claims]\ndead_units = "fails"\n'


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with three designs, of which one states a wrong derivative."""
    folder = pytester.mkdir("designs")
    for name, text in DESIGNS.items():
        (folder / f"{name}.toml").write_text("\n".join(line.strip() for line in text.strip().splitlines()))
    return pytester


def ids(pytester: pytest.Pytester, *arguments: str) -> list[str]:
    found = pytester.runpytest_inprocess(*LOADED, "--collect-only", "-q", *arguments)
    return [line for line in found.outlines if "::" in line]


# ---------------------------------------------------------------------------------------------- spec files


def distribution(folder: Path) -> Path:
    """A folder in which propcheck counts as installed, with its entry points."""
    info = folder / "propcheck-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: propcheck\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[pytest11]\npropcheck = propcheck.pytest_plugin\n")
    return folder


@pytest.fixture
def installed(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `pytest` alone where propcheck is installed, twice, as an editable install beside another may leave it."""
    places = [str(ROOT), *(str(distribution(tmp_path / name)) for name in ("one", "two"))]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(places)}
    environment.pop("PYTEST_ADDOPTS", None)

    def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)

    return run


def test_a_folder_of_specs_is_tested_by_pytest_alone_and_fails_where_a_claim_is_wrong(project, installed) -> None:
    run = installed(project.path, "-v")
    assert run.returncode == 1, run.stdout + run.stderr
    lines = [line.partition(" [")[0].strip() for line in run.stdout.splitlines() if line.startswith("designs/")]
    assert lines[:8] == [
        "designs/bend.toml::nonlinearity_at_least-required PASSED",
        "designs/bend.toml::lipschitz_continuous-required PASSED",
        "designs/bend.toml::criticality.exists-required PASSED",
        "designs/bend.toml::constant_share_at_most-required PASSED",
        "designs/bend.toml::dead_units PASSED",
        "designs/bend.toml::dead_units-2 PASSED",
        "designs/leap.toml::nonlinearity_at_least-required PASSED",
        "designs/leap.toml::lipschitz_continuous-required PASSED",
    ]
    assert [line for line in lines if "PASSED" not in line] == ["designs/leap.toml::derivative FAILED"]
    assert "1 failed, 17 passed" in run.stdout
    told = run.stdout.partition("leap.toml: derivative ___")[2]
    assert "leap, derivative: claimed sigmoid(3*x) + x*sigmoid(3*x)*(1 - sigmoid(3*x)), found " in told
    assert "at x = 1/3, the value is 0.92767051" in told
    assert "Traceback" not in run.stdout
    assert ".py" not in told


def test_only_specs_are_collected(project) -> None:
    project.makepyprojecttoml('[tool.other]\nname = "other"\nexpression = "x"')
    project.path.joinpath("pyproject.toml").write_text('name = "p"\nexpression = "x"\n')
    project.path.joinpath("table.toml").write_text('[tool]\nname = "t"\nexpression = "x"\n')
    project.path.joinpath("names.toml").write_text('name = "n"\nversion = 1\n')
    project.path.joinpath("spec.txt").write_text('name = "s"\nexpression = "x"\n')
    project.path.joinpath("units.toml").write_text('name = "u"\n\n[units]\nk = 1\nweights = [1]\nbiases = [0]\n')
    files = dict.fromkeys(line.partition("::")[0] for line in ids(project))
    assert list(files) == ["designs/bend.toml", "designs/leap.toml", "designs/soft_elu.toml", "units.toml"]


def test_patterns_say_which_files_are_collected_and_none_switches_it_off(project) -> None:
    project.path.joinpath("other.toml").write_text('name = "other"\nexpression = "tanh(x)"\n')
    project.makeini("[pytest]\npropcheck_specs = designs/b*.toml designs/l*.toml\n")
    assert {line.partition("::")[0] for line in ids(project)} == {"designs/bend.toml", "designs/leap.toml"}
    project.makeini("[pytest]\npropcheck_specs =\n")
    assert ids(project) == []
    assert len(ids(project, "other.toml")) == 4  # named on the command line
    assert ids(project, "designs/bend.toml::dead_units-2") == ["designs/bend.toml::dead_units-2"]


def test_items_are_selected_by_keyword(project) -> None:
    assert ids(project, "-k", "leap and derivative") == ["designs/leap.toml::derivative"]
    assert ids(project, "-k", "saturation.left") == ["designs/leap.toml::saturation.left"]


def test_a_spec_that_cannot_be_read_is_one_error_and_the_rest_is_tested(project) -> None:
    project.path.joinpath("designs", "broken.toml").write_text('name = "broken"\nexpression = "x*sigmod(x)"\n')
    project.path.joinpath("designs", "torn.toml").write_text('name = "torn"\nexpression = "x"\n[claims\n')
    found = project.runpytest_inprocess(*LOADED, "-k", "spec or lipschitz")
    found.assert_outcomes(errors=2, passed=3)
    found.stdout.fnmatch_lines(["*broken.toml has an error:", "*unknown function 'sigmod'; did you mean 'sigmoid'?"])
    found.stdout.fnmatch_lines(["*torn.toml is not TOML:*"])
    found.stdout.no_fnmatch_line("*.py:*")


def test_a_design_that_is_nowhere_real_fails_with_the_sentence(pytester) -> None:
    pytester.path.joinpath("none.toml").write_text('name = "none"\nexpression = "log(-1 - x**2)"\n')
    found = pytester.runpytest_inprocess(*LOADED)
    found.assert_outcomes(failed=4)
    found.stdout.fnmatch_lines(["*none is not a real number at any x*"])
    found.stdout.no_fnmatch_line("*.py:*")
    found.stdout.no_fnmatch_line("*another exception*")


@pytest.mark.parametrize("strict", [False, True])
def test_expected_failures_of_the_project_have_their_reasons(pytester, strict: bool) -> None:
    pytester.path.joinpath("dead.toml").write_text(DEAD)
    pytester.makepyprojecttoml(
        "[tool.propcheck]\n"
        'require = {zero_mean = "partly", monotonicity = "non-decreasing", dead_units = "partly"}\n'
        "[tool.propcheck.expect_fail]\n"
        'zero_mean = "normalisation follows"\n'
        'dead.dead_units = "dead on the left until the next release"\n'
        'lipschitz_continuous = "not measured yet"\n'
        "[tool.pytest.ini_options]\n"
        f"propcheck_strict = {str(strict).lower()}\n"
    )
    found = pytester.runpytest_inprocess(*LOADED, "-rxX", "-v")
    if strict:
        found.assert_outcomes(passed=5, xfailed=2, failed=1)
        found.stdout.fnmatch_lines(["[[]XPASS(strict)[]] not measured yet"])
    else:
        found.assert_outcomes(passed=5, xfailed=2, xpassed=1)
        found.stdout.fnmatch_lines(["XPASS dead.toml::lipschitz_continuous-required - not measured yet*"])
    found.stdout.fnmatch_lines(["XFAIL dead.toml::dead_units-required - dead on the left until the next release*"])
    found.stdout.fnmatch_lines(["*dead.toml::monotonicity-required PASSED*"])


def test_wrong_settings_are_an_error_that_is_told(project) -> None:
    project.makepyprojecttoml('[tool.propcheck]\nrequire = {zero_maen = "partly"}\n')
    found = project.runpytest_inprocess(*LOADED)
    found.assert_outcomes(errors=3)
    found.stdout.fnmatch_lines(["*'zero_maen' is nothing that can be required (did you mean zero_mean*"])


def test_what_is_undecided_is_skipped_and_fails_where_decisions_are_asked(pytester) -> None:
    pytester.path.joinpath("dead.toml").write_text(DEAD)
    pytester.makeini("[pytest]\npropcheck_time_limit = 0.0001\n")
    found = pytester.runpytest_inprocess(*LOADED, "-rs")
    found.assert_outcomes(skipped=5)
    found.stdout.fnmatch_lines(["SKIPPED*dead, lipschitz_continuous: required true (profile hidden), undecided: *"])
    pytester.makeini("[pytest]\npropcheck_time_limit = 0.0001\npropcheck_strict = true\n")
    pytester.runpytest_inprocess(*LOADED).assert_outcomes(failed=5)
    pytester.makeini("[pytest]\npropcheck_time_limit = soon\n")
    found = pytester.runpytest_inprocess(*LOADED)
    assert found.ret != 0
    found.stdout.fnmatch_lines(["*a number of seconds, such as 30, not 'soon'*"])


def test_junit_has_a_case_for_each_item(project) -> None:
    project.runpytest_inprocess(*LOADED, "--junitxml=junit.xml", "-k", "leap")
    cases = {case.get("name"): case for case in ElementTree.parse(project.path / "junit.xml").iter("testcase")}
    assert cases["derivative"].get("classname") == "designs.leap.toml"
    failure = cases["derivative"].find("failure")
    assert failure is not None
    assert "leap, derivative: claimed" in (failure.text or "")
    assert cases["saturation.left"].find("failure") is None


# ---------------------------------------------------------------------------------------------- test functions


PARAMETRIZED = """
    import propcheck

    @propcheck.parametrize("relu", "designs/leap.toml", "designs/bend.toml", "x*tanh(x)",
        require={"dead_units": "partly"},
        expected_failures={
            "relu": {"dead_units": "ReLU is dead on the negative half line"},
            "bend": {"dead_units": "was dead once"},
        })
    def test_design(check):
        check()
"""


def test_designs_are_parameters_of_a_test(project) -> None:
    project.makeini("[pytest]\npropcheck_specs =\n")
    project.makepyfile(test_them=PARAMETRIZED)
    found = project.runpytest_inprocess(*LOADED, "-v", "-rxX")
    found.assert_outcomes(failed=1, passed=19, xfailed=1, xpassed=1)
    found.stdout.fnmatch_lines(
        [
            "*::test_design[[]relu-dead_units[]] XFAIL*",
            "*::test_design[[]leap-derivative[]] FAILED*",
            "*::test_design[[]x*tanh(x)-criticality.exists[]] PASSED*",
            "leap, derivative: claimed * at x = 1/3, *",
            "XFAIL *relu-dead_units[]] - ReLU is dead on the negative half line",
            "XPASS *bend-dead_units[]] - was dead once",
        ]
    )
    found.stdout.no_re_match_line(r".*test_them\.py:\d")
    selected = ids(project, "-k", "relu-dead_units")
    assert selected == ["test_them.py::test_design[relu-dead_units]"]


def test_an_unexpected_pass_fails_under_strict(project) -> None:
    project.makeini("[pytest]\npropcheck_specs =\n")
    project.makepyfile(PARAMETRIZED.replace("expected_failures", "strict=True, expected_failures"))
    project.runpytest_inprocess(*LOADED, "-k", "bend").assert_outcomes(failed=1, passed=4)


def test_a_path_is_found_beside_the_test_and_a_broken_target_fails_alone(project) -> None:
    (project.path / "tests").mkdir()
    (project.path / "tests" / "mine.toml").write_text(DEAD)
    (project.path / "tests" / "test_them.py").write_text(
        "import propcheck\n"
        '@propcheck.parametrize("mine.toml", "designs/", "nowhere.toml", require={"criticality.exists": "any"})\n'
        "def test_design(check):\n"
        "    check()\n"
    )
    project.makeini("[pytest]\npropcheck_specs =\n")
    found = project.runpytest_inprocess(*LOADED)
    found.assert_outcomes(failed=2, passed=17)
    found.stdout.fnmatch_lines(["there is no file nowhere.toml*"])


WRONG = {
    "an unknown design": ({"gelu": {"cost": "why"}}, "there is no design 'gelu'.*there are relu"),
    "a misspelt key": ({"relu": {"dead_unit": "why"}}, "did you mean dead_units"),
    "a key of which nothing is asked": ({"relu": {"zero_mean": "why"}}, "nothing is asked of relu on 'zero_mean'"),
    "no reason": ({"relu": {"dead_units": " "}}, "has no reason"),
}


@pytest.mark.parametrize(("expected", "message"), WRONG.values(), ids=WRONG)
def test_wrong_expectations_are_told(expected: dict[str, dict[str, str]], message: str) -> None:
    decorate = propcheck.gate.testing.parametrize("relu", expected_failures=expected)
    with pytest.raises(InputError, match=message):
        decorate(lambda check: check())


def test_a_profile_is_asked_for_by_the_project_or_by_the_test(project) -> None:
    project.makeini("[pytest]\npropcheck_specs =\n")
    project.makepyprojecttoml('[tool.propcheck]\nprofile = "gate"\n')
    ask = '@propcheck.parametrize("sigmoid", "relu"{})\ndef test_design(check):\n    check()\n'
    project.makepyfile(test_by_project=f"import propcheck\n{ask.format('')}")
    project.makepyfile(test_by_test=f"import propcheck\n{ask.format(', profile=' + repr('output'))}")
    found = project.runpytest_inprocess(*LOADED, "test_by_project.py")
    found.assert_outcomes(passed=7, failed=1)
    found.stdout.fnmatch_lines(["*range.sup: required 1 (profile gate), found inf (proved); asked since a gate opens*"])
    project.runpytest_inprocess(*LOADED, "test_by_test.py").assert_outcomes(passed=2, failed=2)


@pytest.mark.parametrize(("claims", "failed"), [("own", 0), ("paper", 1)])
def test_claims_of_a_source_are_tests_where_the_project_asks_for_them(pytester, claims: str, failed: int) -> None:
    pytester.path.joinpath("said.toml").write_text(
        DEAD.replace("[claims]", '[claims]\nsaid_by = "paper"\naffine = true')
    )
    pytester.makepyprojecttoml(f'[tool.propcheck]\nclaims = "{claims}"\n')
    found = pytester.runpytest_inprocess(*LOADED)
    found.assert_outcomes(passed=4 + failed, failed=failed)


# ---------------------------------------------------------------------------------------------- what it costs


MODULES = """
    import sys

    def pytest_unconfigure():
        with open("modules.txt", "w") as file:
            file.write("\\n".join(sorted(sys.modules)))
"""


def test_a_run_without_specs_loads_four_light_modules(pytester, installed) -> None:
    pytester.makeconftest(MODULES)
    pytester.makepyfile("def test_nothing(): pass")
    pytester.path.joinpath("table.toml").write_text("[tool]\n")

    def modules(*arguments: str) -> set[str]:
        run = installed(pytester.path, *arguments)
        assert run.returncode == 0, run.stdout + run.stderr
        return set(pytester.path.joinpath("modules.txt").read_text().split())

    own = {"propcheck", "propcheck.pytest_plugin", "propcheck.verdict", "propcheck.version"}
    assert modules() - modules("-p", "no:propcheck") == own


def test_the_plugin_can_be_left_out(project, installed) -> None:
    run = installed(project.path, "-p", "no:propcheck")
    assert run.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, run.stdout


def test_the_tests_of_propcheck_collect_no_spec() -> None:
    from propcheck import pytest_plugin

    assert not [path for path in (ROOT / "tests").rglob("*.toml") if pytest_plugin.is_spec(path)]
    assert all(pytest_plugin.is_spec(path) for path in (ROOT / "specs").glob("*.toml"))
