{{/*
`replicas` of a process: nothing where a scaler owns the number, or each upgrade would take it back or, by server-side apply,
end half-way with a conflict. Only where the cluster has a Deployment whose number Helm itself owns, as when scaling is switched
on, the number that is there now: to leave it out then would make it 1 until the scaler looks. By client-side apply (Helm 3) an
upgrade changes what differs from the one before, so there it is always the number of now.
Takes a list: the root, the process.
*/}}
{{- define "pongpong.replicas" -}}
{{- $root := index . 0 -}}
{{- $process := index . 1 -}}
{{- if not (or $process.autoscaling.enabled $process.autoscaling.external) -}}
replicas: {{ $process.replicas }}
{{- else -}}
  {{- $live := lookup "apps/v1" "Deployment" $root.Release.Namespace (include "pongpong.name" (list $root $process.name)) -}}
  {{- if $live -}}
    {{- $applied := false }}{{ $helm := false }}{{ $scaler := false -}}
    {{- range $live.metadata.managedFields -}}
      {{- $ours := hasPrefix "helm" .manager -}}
      {{- if and $ours (eq .operation "Apply") }}{{ $applied = true }}{{ end -}}
      {{- if dig "f:spec" "f:replicas" false (.fieldsV1 | default dict) | kindIs "map" -}}
        {{- if $ours }}{{ $helm = true }}{{ else }}{{ $scaler = true }}{{ end -}}
      {{- end -}}
    {{- end -}}
    {{- if or (not $applied) (and $helm (not $scaler)) -}}
replicas: {{ $live.spec.replicas | int }}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end -}}
