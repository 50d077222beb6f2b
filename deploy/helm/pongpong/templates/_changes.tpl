{{/*
Ends the rendering where a StatefulSet of the release would have to change in what Kubernetes never changes, or would go with
its data. Takes a list: the root, its name, the item of changes.yaml, and the StatefulSet as it is.
*/}}
{{- define "pongpong.refuseChange" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $item := index . 2 -}}
{{- $now := (index . 3).spec -}}
{{- $how := "docs/kubernetes.md, \"Changing a profile\", shows how" -}}
{{- if $item.on -}}
  {{- $host := include "pongpong.host" (list $root $item.component) -}}
  {{- if and $now.serviceName (ne $now.serviceName $host) -}}
    {{- fail (printf "StatefulSet %s belongs to the Service %s, and serviceNamePrefix would make it %s, which Kubernetes refuses; %s." $name $now.serviceName $host $how) -}}
  {{- end -}}
  {{- $claim := dict -}}
  {{- range $now.volumeClaimTemplates }}{{ if eq .metadata.name "data" }}{{ $claim = .spec }}{{ end }}{{ end -}}
  {{- $persistence := $item.of.persistence -}}
  {{- if and $claim $persistence.existingClaim -}}
    {{- fail (printf "StatefulSet %s has a volume of its own, and %s.persistence.existingClaim would give it another, which Kubernetes refuses. Leave it out, or move the data first: %s." $name $item.value $how) -}}
  {{- else if not (or $claim $persistence.existingClaim) -}}
    {{- fail (printf "StatefulSet %s uses a claim that was there before, and without %s.persistence.existingClaim it would want one of its own, which Kubernetes refuses; %s." $name $item.value $how) -}}
  {{- else if $claim -}}
    {{- $size := $claim.resources.requests.storage -}}
    {{- if ne (include "pongpong.bytes" $size) (include "pongpong.bytes" $persistence.size) -}}
      {{- fail (printf "The volume of StatefulSet %s was made with %s, and %s.persistence.size asks for %s, which Kubernetes refuses. Keep it (--set %s.persistence.size=%s), or change the volume first: %s." $name $size $item.value $persistence.size $item.value $size $how) -}}
    {{- end -}}
    {{- $class := $claim.storageClassName | default "" -}}
    {{- if ne $class ($persistence.storageClass | default "") -}}
      {{- fail (printf "The volume of StatefulSet %s was made with the storage class %q, and %s.persistence.storageClass asks for %q, which Kubernetes refuses. Keep it (--set %s.persistence.storageClass=%s), or move the data first: %s." $name $class $item.value $persistence.storageClass $item.value $class $how) -}}
    {{- end -}}
  {{- end -}}
{{- else if eq $item.component "postgres" -}}
  {{- fail (printf "postgresql.enabled=false would take away StatefulSet %s, with every user and endpoint in its volume, and the fleet would begin with empty databases. Move them first: %s." $name $how) -}}
{{- end -}}
{{- end -}}

{{/* A quantity of Kubernetes in bytes, so that 1Gi and 1024Mi are the same. */}}
{{- define "pongpong.bytes" -}}
{{- $number := regexFind "^[0-9.]+" (toString .) -}}
{{- $units := dict "" 1 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "Pi" 1125899906842624 -}}
{{- mulf (float64 $number) (float64 (get $units (trimPrefix $number (toString .)) | default 1)) | int64 -}}
{{- end -}}
