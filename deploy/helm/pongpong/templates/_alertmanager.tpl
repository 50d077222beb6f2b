{{/* Not empty where there is one of ours. */}}
{{- define "pongpong.alertmanager" -}}
{{- if and .Values.monitoring.enabled .Values.monitoring.alertmanager.enabled }}yes{{ end -}}
{{- end -}}

{{/* Everything goes to one receiver, the operators: mails, webhooks, and what `receiver` adds. */}}
{{- define "pongpong.alertmanagerConfig" -}}
{{- $values := .Values.monitoring.alertmanager -}}
{{- $receiver := dict "name" "operators" -}}
{{- if $values.mailTo -}}
  {{- $_ := required "monitoring.alertmanager.mailTo: mails need a mail server: smtp.host" .Values.smtp.host -}}
  {{- $mails := list -}}
  {{- range $values.mailTo }}{{ $mails = append $mails (dict "to" . "send_resolved" true) }}{{ end -}}
  {{- $_ := set $receiver "email_configs" $mails -}}
{{- end -}}
{{- with $values.webhooks -}}
  {{- $hooks := list -}}
  {{- range . }}{{ $hooks = append $hooks (dict "url" . "send_resolved" true) }}{{ end -}}
  {{- $_ := set $receiver "webhook_configs" $hooks -}}
{{- end -}}
{{- range $name, $configs := $values.receiver -}}
  {{- $_ := set $receiver $name (concat (get $receiver $name | default list) $configs) -}}
{{- end -}}
{{- if eq (len $receiver) 1 }}{{ fail "monitoring.alertmanager: whom shall it tell? mailTo, webhooks or receiver" }}{{ end -}}
{{- $global := dict -}}
{{- with .Values.smtp -}}
  {{- if .host -}}
    {{- $port := .port | default (get (dict "none" 25 "starttls" 587 "tls" 465) .tls) | int -}}
    {{- $_ := set $global "smtp_smarthost" (printf "%s:%d" .host $port) -}}
    {{- $_ := set $global "smtp_from" .from -}}
    {{- /* With TLS from the first byte there is nothing left to start. */ -}}
    {{- $_ := set $global "smtp_require_tls" (eq .tls "starttls") -}}
    {{- if .user -}}
      {{- $_ := set $global "smtp_auth_username" .user -}}
      {{- $_ := set $global "smtp_auth_password_file" "/etc/smtp/password" -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- $route := dict "receiver" "operators" "group_by" (list "alertname") "group_wait" "30s" "group_interval" "5m" "repeat_interval" $values.repeatInterval -}}
{{- /* Watchdog always fires, which is news to nobody; who waits for it takes it from Prometheus (`prometheus.alertmanagers`). */ -}}
{{- $_ := set $route "routes" (list (dict "receiver" "nobody" "matchers" (list "severity=\"none\""))) -}}
{{- $inhibit := list (dict "source_matchers" (list "severity=\"critical\"") "target_matchers" (list "severity=\"warning\"") "equal" (list "alertname" "service")) -}}
{{ dict "global" $global "route" $route "receivers" (list $receiver (dict "name" "nobody")) "inhibit_rules" $inhibit | toYaml }}
{{- end -}}

{{/* Who may be told: web addresses, and the mail server. */}}
{{- define "pongpong.alertmanagerEgress" -}}
{{- $ports := list (dict "protocol" "TCP" "port" 443) -}}
{{- with .Values.smtp -}}
  {{- if .host }}{{ $ports = append $ports (dict "protocol" "TCP" "port" (.port | default (get (dict "none" 25 "starttls" 587 "tls" 465) .tls) | int)) }}{{ end -}}
{{- end -}}
{{ concat (list (dict "ports" $ports)) .Values.monitoring.alertmanager.egress | toJson }}
{{- end -}}
