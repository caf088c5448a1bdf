"""The examples for Kubernetes and KServe: what they name is there, and they ask for no rights."""

import pytest
import yaml
from typer.main import get_command

from transom.cli.main import app
from transom.serving.app import route_of
from transom.serving.operations import OPERATIONS

RESTRICTED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}


def documents(repository, name):
    return list(yaml.safe_load_all((repository / "deploy" / name).read_text()))


def pod_of(repository, name):
    document = documents(repository, name)[0]
    return document["spec"]["template"]["spec"] if document["kind"] == "Deployment" else document["spec"]["predictor"]


@pytest.fixture(params=["kubernetes.yaml", "kserve.yaml"])
def pod(request, repository):
    return pod_of(repository, request.param)


@pytest.fixture
def container(pod):
    (container,) = pod["containers"]
    return container


def options_of(container):
    """The options of `transom serve` that the container is started with, as the command line reads them."""
    command = get_command(app).commands["serve"]
    return command.make_context("serve", list(container["args"])).params


def test_probes_ask_for_routes_that_need_no_token_at_the_port_of_the_server(container):
    (port,) = container["ports"]
    probes = [probe["httpGet"] for name, probe in container.items() if name.endswith("Probe")]

    assert len(probes) >= 2
    assert all(OPERATIONS[route_of(probe["path"])].access == "anybody" for probe in probes)
    assert all(OPERATIONS[route_of(probe["path"])].method == "GET" for probe in probes)
    assert {probe["port"] for probe in probes} <= {port["name"], port["containerPort"]}
    assert options_of(container)["port"] == port["containerPort"]


def test_the_server_is_reached_by_others_only_with_a_token_from_a_secret(container, pod):
    options, mounts = options_of(container), {each["name"]: each for each in container["volumeMounts"]}
    secrets = [volume["name"] for volume in pod["volumes"] if "secret" in volume]

    assert options["host"] == "0.0.0.0"
    assert str(options["token_file"].parent) == mounts[secrets[0]]["mountPath"]
    assert all(mount["readOnly"] for mount in mounts.values())


def test_nothing_is_written_where_nothing_can_be(container):
    assert options_of(container)["set_"] == ["serve.log=false"]
    assert container["workingDir"].startswith(container["volumeMounts"][0]["mountPath"] + "/")


def test_the_pod_has_no_rights_and_bounds(container, pod):
    assert container["securityContext"] == RESTRICTED
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["automountServiceAccountToken"] is False
    assert container["resources"]["limits"].keys() == {"memory"}
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}


def test_the_service_finds_the_pods(repository):
    deployment, service = documents(repository, "kubernetes.yaml")
    (port,) = service["spec"]["ports"]

    assert deployment["spec"]["selector"]["matchLabels"] == service["spec"]["selector"]
    assert deployment["spec"]["template"]["metadata"]["labels"] == service["spec"]["selector"]
    assert port["targetPort"] == deployment["spec"]["template"]["spec"]["containers"][0]["ports"][0]["name"]
    annotations = deployment["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/path"] in OPERATIONS


def test_kserve_calls_the_model_as_the_server_does(repository):
    (document,) = documents(repository, "kserve.yaml")
    container = document["spec"]["predictor"]["containers"][0]

    assert document["metadata"]["name"] == container["workingDir"].rpartition("/")[2]
    assert container["name"] == "kserve-container"
