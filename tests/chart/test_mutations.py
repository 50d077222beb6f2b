"""Each rule notices when it is broken: one change in a copy of the chart at a time, and the rule that must see it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chart.policies import RULES
from tests.chart.rendering import CHART, ROOT, parse, profile, template


@dataclass(frozen=True)
class Mutation:
    """`old` becomes `new` wherever it stands in `file`; then `rule` must complain."""

    rule: str
    file: str
    old: str
    new: str
    profile: str = "default"


MUTATIONS = (
    Mutation("containers_have_requests_and_limits", "templates/deployments.yaml", "resources:", "resourcez:"),
    Mutation("containers_have_requests_and_limits", "values.yaml", "limits: {cpu: 500m, memory: 256Mi}", "limits: {cpu: 500m}"),
    Mutation("containers_are_restricted", "templates/_pod.tpl", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
    Mutation("containers_are_restricted", "templates/_pod.tpl", "drop: [ALL]", "drop: [NET_RAW]"),
    Mutation("containers_are_restricted", "templates/_pod.tpl", "allowPrivilegeEscalation: false\n", ""),
    Mutation("pods_run_as_a_numbered_user", "templates/_pod.tpl", "runAsNonRoot: true\n", ""),
    Mutation("pods_run_as_a_numbered_user", "templates/_pod.tpl", "type: RuntimeDefault", "type: Unconfined"),
    Mutation("pods_run_as_a_numbered_user", "templates/kong.yaml", '"kong" 1000 1000', '"kong" 0 0'),
    Mutation("pods_do_not_reach_into_the_node", "templates/valkey.yaml", "emptyDir: {}", "hostPath: {path: /tmp}"),
    Mutation("pods_do_not_reach_into_the_node", "templates/_pod.tpl", "enableServiceLinks: false", "hostNetwork: true"),
    Mutation("pods_have_an_account_without_token", "templates/_pod.tpl", "automountServiceAccountToken: false", "automountServiceAccountToken: true"),
    Mutation("pods_have_an_account_without_token", "templates/service-account.yaml", "automountServiceAccountToken: false", ""),
    Mutation("accounts_may_do_nothing_but_see_what_runs", "templates/prometheus.yaml", "resources: [pods]", "resources: [secrets]"),
    Mutation("long_running_containers_are_probed", "templates/_pod.tpl", "readinessProbe:", "readinessProb:"),
    Mutation("long_running_containers_are_probed", "templates/_pod.tpl", "port: {{ index . 0 }}", "port: nowhere"),
    Mutation("ports_have_names", "templates/valkey.yaml", "- name: valkey\n      port", "- port"),
    Mutation("services_select_pods_and_their_ports", "templates/services.yaml", "list $ $name) | nindent 4", 'list $ "nobody") | nindent 4'),
    Mutation("services_select_pods_and_their_ports", "templates/services.yaml", "targetPort: http", "targetPort: www"),
    Mutation("selectors_match_their_own_pods_only", "templates/disruption-budgets.yaml", 'selector" (list $ $name)', 'selector" (list $ "kong")'),
    Mutation("images_have_a_version", "templates/_names.tpl", ":{{ .Values.image.tag | default .Chart.AppVersion }}", ""),
    Mutation("processes_stop_gracefully", "values.yaml", "terminationGracePeriodSeconds: 40", "terminationGracePeriodSeconds: 20"),
    Mutation("processes_stop_gracefully", "values.yaml", "terminationGracePeriodSeconds: 90", "terminationGracePeriodSeconds: 30"),
    Mutation("processes_stop_gracefully", "templates/deployments.yaml", "preStop:", "postStart:"),
    Mutation("processes_stop_gracefully", "templates/kong.yaml", "sleep:\n                seconds: 15", "exec:\n                command: [kong, quit]"),
    Mutation("upgrades_keep_everything_serving", "templates/disruption-budgets.yaml", '{{- $_ := set $components "kong" .Values.kong.replicas }}', ""),
    Mutation("pods_spread_over_nodes", "templates/_pod.tpl", "topologySpreadConstraints:", "topologySpread:"),
    Mutation("pods_start_anew_when_their_configuration_changes", "templates/kong.yaml", "checksum/kong.yaml:", "kong.yaml:"),
    Mutation("pods_start_anew_when_their_configuration_changes", "templates/deployments.yaml", "checksum/secret:", "secret:"),
    Mutation("secrets_stand_nowhere_but_in_the_secret", "templates/_processes.tpl", '{{ include "pongpong.secretEnv" (list $root "INTERNAL_TOKEN" "internal-token") }}', "- name: INTERNAL_TOKEN\n  value: hush"),
    Mutation("upgrades_keep_everything_serving", "templates/deployments.yaml", "maxUnavailable: {{ ternary 0 1", "maxUnavailable: {{ ternary 1 1"),
    Mutation("upgrades_keep_everything_serving", "templates/deployments.yaml", "maxSurge: {{ ternary 1 0", "maxSurge: {{ ternary 1 1"),
    Mutation("processes_start_in_turns", "templates/_migrations.tpl", "--first, ", ""),
    Mutation("processes_start_in_turns", "templates/_migrations.tpl", "{{ if $process.broker }}python", "{{ if false }}python"),
    Mutation("processes_start_in_turns", "templates/_processes.tpl", "fieldPath: spec.nodeName", "fieldPath: metadata.name"),
    Mutation("slow_is_not_dead", "templates/_pod.tpl", "timeoutSeconds: 20\nfailureThreshold: 3\n", "timeoutSeconds: 5\nfailureThreshold: 3\n"),
    Mutation("slow_is_not_dead", "templates/_pod.tpl", "failureThreshold: 300", "failureThreshold: 90"),
    Mutation("jobs_do_not_fail_for_good", "templates/_migrations.tpl", "backoffLimit: 100000", "backoffLimit: 20"),
    Mutation("jobs_do_not_fail_for_good", "templates/_logging.tpl", "backoffLimit: 100000", "backoffLimit: 100000\nactiveDeadlineSeconds: 1800"),
    Mutation("every_database_is_migrated_before_its_service_starts", "templates/deployments.yaml", "{{- if $process.database }}", "{{- if false }}"),
    Mutation("every_database_is_migrated_before_its_service_starts", "templates/_migrations.tpl", "migrate_locked]", "showmigrations]"),
    Mutation("every_database_is_migrated_before_its_service_starts", "templates/_migrations.tpl", "until apply; do", "until manage.py x migrate; do"),
    Mutation("pods_wait_for_nothing_that_needs_room", "values.yaml", "memory: 0Mi", "memory: 16Mi"),
    Mutation("network_edges_are_those_of_the_fleet", "values.yaml", "calls: [user-service, endpoint-check]", "calls: [user-service, endpoint-check, slack-service]"),
    Mutation("network_edges_are_those_of_the_fleet", "values.yaml", "calls: [gateway]", "calls: [user-service]"),
    Mutation("network_edges_are_those_of_the_fleet", "templates/_edges.tpl", '"to" "postgres" "port" 5432', '"to" "postgres" "port" 5433'),
    Mutation("network_edges_are_those_of_the_fleet", "templates/network-policies.yaml", "eq $edge.from $component", "eq $edge.from nil"),
    Mutation("everything_is_denied_by_default", "templates/network-policies.yaml", "policyTypes: [Ingress, Egress]", "policyTypes: [Ingress]"),
    Mutation("everything_is_denied_by_default", "templates/network-policies.yaml", "port: 53\n", "port: 443\n"),
    Mutation("everything_is_denied_by_default", "values.yaml", "networkPolicy:\n  enabled: true", "networkPolicy:\n  enabled: false"),
    Mutation("only_checker_and_senders_reach_the_internet", "values.yaml", "calls: [email-service]", "calls: [email-service]\n    egress: true"),
    Mutation("only_checker_and_senders_reach_the_internet", "values.yaml", "169.254.0.0/16, ", ""),
    Mutation("only_checker_and_senders_reach_the_internet", "templates/_edges.tpl", "$process.egress", "$process.public"),
    Mutation("the_admin_api_is_user_services_alone", "templates/_edges.tpl", 'and $kong (eq $process.service "user-service")', "$kong"),
    Mutation("the_admin_api_is_user_services_alone", "templates/kong.yaml", "type: ClusterIP", "type: LoadBalancer"),
    Mutation("no_way_from_outside_leads_to_operational_paths", "values.yaml", "closedPaths: [/metrics, ", "closedPaths: ["),
    Mutation("no_way_from_outside_leads_to_operational_paths", "templates/_sites.tpl", '"path" "/" "service" "kong"', '"path" "/" "service" "user-service"'),
    Mutation("kong_takes_no_header_with_underscores_and_every_address", "templates/_kong.tpl", "$settings $relied .Values", "$settings .Values"),
    Mutation("kong_adds_the_gateways_token_from_the_secret", "templates/kong.yaml", '"GATEWAY_TOKEN" "gateway-token"', '"GATEWAY_TOKEN" "internal-token"'),
    Mutation("kong_adds_the_gateways_token_from_the_secret", "templates/_kong.tpl", '$GATEWAY_TOKEN/"', 'guess/"'),
    Mutation("kong_adds_the_gateways_token_from_the_secret", "templates/_processes.tpl", "{{- if $process.public }}", "{{- if false }}"),
    Mutation("kong_adds_the_gateways_token_from_the_secret", "templates/_processes.tpl", "{{- if $process.public }}", "{{- if true }}"),
    Mutation("kong_forgets_what_left_its_file", "templates/kong.yaml", '        {{- include "pongpong.kongPrune" . | nindent 8 }}\n', ""),
    Mutation("kong_takes_no_header_with_underscores_and_every_address", "values.yaml", "trustedIps: [", "trustedIps: [] #"),
)  # fmt: skip


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: f"{one.rule}: {one.new[:40]}")
def test_a_rule_that_is_broken_on_purpose_is_noticed(mutation: Mutation, tmp_path: Path):
    chart = tmp_path / "deploy" / "helm" / "pongpong"
    shutil.copytree(CHART, chart, symlinks=True)
    (tmp_path / "deploy" / "kong").symlink_to(ROOT / "deploy" / "kong")
    file = chart / mutation.file
    text = file.read_text()
    assert mutation.old in text, "this mutation changes nothing any more"
    file.write_text(text.replace(mutation.old, mutation.new))
    found = RULES[mutation.rule](parse(template(profile(mutation.profile), chart=chart)))
    assert found, "nobody noticed"


def test_every_rule_has_its_mutation():
    assert {mutation.rule for mutation in MUTATIONS} == RULES.keys()
