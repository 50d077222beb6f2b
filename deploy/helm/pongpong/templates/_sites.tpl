{{/* What the world can reach: sites, their hosts, and each path's Service and port. */}}
{{- define "pongpong.sites" -}}
{{- $kong := .Values.kong.enabled -}}
{{- $web := list (dict "path" "/" "service" "frontend" "port" 80) -}}
{{- if $kong -}}
  {{- range .Values.ingress.closedPaths }}{{ $web = append $web (dict "path" . "service" "kong" "port" 8000) }}{{ end -}}
{{- end -}}
{{- $sites := list (dict "name" "web" "hosts" .Values.hosts.web "paths" $web) -}}
{{- if $kong -}}
  {{- $sites = append $sites (dict "name" "api" "hosts" (list .Values.hosts.api) "paths" (list (dict "path" "/" "service" "kong" "port" 8000))) -}}
  {{- $large := list -}}
  {{- range .Values.bodies.larger.paths }}{{ $large = append $large (dict "path" . "service" "kong" "port" 8000 "exact" true) }}{{ end -}}
  {{- $sites = append $sites (dict "name" "api-large" "of" "api" "hosts" (list .Values.hosts.api) "paths" $large) -}}
{{- end -}}
{{- $admin := list -}}
{{- if and .Values.monitoring.enabled .Values.monitoring.grafana.enabled }}{{ $admin = append $admin (dict "path" "/grafana" "service" "grafana" "port" 80) }}{{ end -}}
{{- if .Values.logging.enabled }}{{ $admin = append $admin (dict "path" "/kibana" "service" "kibana" "port" 80) }}{{ end -}}
{{- if $admin }}{{ $sites = append $sites (dict "name" "admin" "hosts" (list .Values.hosts.admin) "paths" $admin) }}{{ end -}}
{{- dict "items" $sites | toJson -}}
{{- end -}}

{{/*
Annotations of a site's Ingress or HTTPRoute: what its controller has to know of our limits, and yours on top. Called with
(list $ site controller yours). Grafana and Kibana have limits of their own.
*/}}
{{- define "pongpong.siteAnnotations" -}}
{{- $root := index . 0 -}}{{- $site := index . 1 -}}{{- $controller := index . 2 -}}{{- $yours := index . 3 -}}
{{- $most := eq $site.name "api-large" | ternary $root.Values.bodies.larger.most $root.Values.bodies.most | int64 -}}
{{- $found := dict -}}
{{- if eq $site.name "admin" -}}
{{- else if eq $controller "nginx" -}}
  {{- $nginx := dict
    "proxy-body-size" ($most | toString)
    "client-body-buffer-size" ($root.Values.bodies.most | int64 | toString)
    "proxy-request-buffering" "on"
    "proxy-buffering" "on"
    "proxy-buffers-number" "16"
    "proxy-buffer-size" "16k"
    "proxy-max-temp-file-size" "0"
    "proxy-read-timeout" "80"
  -}}
  {{- range $key, $value := $nginx }}{{ $_ := set $found (printf "nginx.ingress.kubernetes.io/%s" $key) $value }}{{ end -}}
{{- else if eq $controller "kong" -}}
  {{- $plugins := list (include "pongpong.bodyPlugin" (list $root (eq $site.name "api-large"))) -}}
  {{- with index $yours "konghq.com/plugins" }}{{ $plugins = append $plugins . }}{{ end -}}
  {{- $yours = merge (dict "konghq.com/plugins" (join "," $plugins)) $yours -}}
  {{- $found = dict "konghq.com/request-buffering" "true" "konghq.com/response-buffering" "true" -}}
{{- end -}}
{{- range $key, $value := $yours -}}
  {{- /* One Ingress of a host asks cert-manager for the certificate. */ -}}
  {{- if not (and $site.of (contains "cert-manager.io/" $key)) }}{{ $_ := set $found $key $value }}{{ end -}}
{{- end -}}
{{- with $found }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{/* The KongPlugin that bounds bodies; called with (list $ large). */}}
{{- define "pongpong.bodyPlugin" -}}
{{- include "pongpong.name" (list (index . 0) (ternary "bodies-large" "bodies" (index . 1))) -}}
{{- end -}}
