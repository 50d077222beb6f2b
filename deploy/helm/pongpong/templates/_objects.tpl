{{/*
Objects as they go to the cluster: each pod with what `pod` says for its component, the registry that `global` names, and
each Job with a digest of itself in its name (a Job cannot be changed, so a change makes another). Every file that makes a
pod goes through here, so no component can forget one of these. Takes a list: the root, the objects' text.
*/}}
{{- define "pongpong.objects" -}}
{{- $root := index . 0 -}}
{{- range $text := regexSplit "(?m)^---[ \t]*$" (index . 1) -1 -}}
{{- $object := fromYaml $text -}}
{{- if hasKey $object "Error" }}{{ fail (printf "%s\n%s" $object.Error $text) }}{{ end -}}
{{- if has (toString $object.kind) (list "Deployment" "StatefulSet" "DaemonSet" "Job" "CronJob" "Pod") }}
{{- include "pongpong.finish" (list $root $object) }}
---
{{ toYaml $object }}
{{- else if eq (toString $object.kind) "ServiceAccount" }}
{{- include "pongpong.finishAccount" (list $root $object) }}
---
{{ toYaml $object }}
{{- else if $object }}
---
{{ trim $text }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "pongpong.finishAccount" -}}
{{- $root := index . 0 -}}
{{- $metadata := (index . 1).metadata -}}
{{- $all := deepCopy ($root.Values.pod.serviceAccountAnnotations | default dict) -}}
{{- $component := index $metadata.labels "app.kubernetes.io/component" -}}
{{- if ne $component "account" }}{{ $all = merge (include "pongpong.ownAccountAnnotations" (list $root $component) | fromJson) $all }}{{ end -}}
{{- with $all }}{{ $_ := set $metadata "annotations" . }}{{ end -}}
{{- end -}}

{{/* Writes into an object that makes a pod. Takes a list: the root, the object. */}}
{{- define "pongpong.finish" -}}
{{- $root := index . 0 -}}
{{- $object := index . 1 -}}
{{- $pod := $object -}}
{{- if eq $object.kind "CronJob" -}}
  {{- include "pongpong.finishJob" (list $root $object.spec.jobTemplate) -}}
  {{- $pod = $object.spec.jobTemplate.spec.template -}}
{{- else if ne $object.kind "Pod" -}}
  {{- $pod = $object.spec.template -}}
{{- end -}}
{{- include "pongpong.finishPod" (list $root $object.kind $pod) -}}
{{- if eq $object.kind "Job" -}}
  {{- include "pongpong.finishJob" (list $root $object) -}}
  {{- if not (hasKey ($object.metadata.annotations | default dict) "helm.sh/hook") -}}
    {{- $_ := set $object.metadata "name" (printf "%s-%s" $object.metadata.name (toYaml $object.spec | sha256sum | trunc 8)) -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{- define "pongpong.finishJob" -}}
{{- $seconds := (index . 0).Values.jobs.ttlSecondsAfterFinished -}}
{{- if not (kindIs "invalid" $seconds) }}{{ $_ := set (index . 1).spec "ttlSecondsAfterFinished" (int $seconds) }}{{ end -}}
{{- end -}}

{{/* Takes a list: the root, the kind of the object that makes the pod, the pod. */}}
{{- define "pongpong.finishPod" -}}
{{- $root := index . 0 -}}
{{- $pod := index . 2 -}}
{{- $spec := $pod.spec -}}
{{- $component := index $pod.metadata.labels "app.kubernetes.io/component" -}}
{{- $knobs := include "pongpong.knobs" (list $root $component (index . 1)) | fromJson -}}
{{- /* What selects the pod is the chart's own. */ -}}
{{- $_ := set $pod.metadata "labels" (merge $pod.metadata.labels ($knobs.labels | default dict)) -}}
{{- with $knobs.annotations }}{{ $_ := set $pod.metadata "annotations" (merge . ($pod.metadata.annotations | default dict)) }}{{ end -}}
{{- with include "pongpong.pullSecrets" $root | fromJsonArray }}{{ $_ := set $spec "imagePullSecrets" . }}{{ end -}}
{{- if $knobs.serviceAccountName -}}
  {{- $_ := set $spec "serviceAccountName" $knobs.serviceAccountName -}}
{{- else if include "pongpong.ownAccountAnnotations" (list $root $component) | fromJson -}}
  {{- $_ := set $spec "serviceAccountName" (include "pongpong.name" (list $root $component)) -}}
{{- end -}}
{{- range $name := list "priorityClassName" "nodeSelector" "tolerations" "affinity" -}}
  {{- with get $knobs $name }}{{ $_ := set $spec $name . }}{{ end -}}
{{- end -}}
{{- if hasKey $knobs "topologySpreadConstraints" -}}
  {{- $selector := dict "matchLabels" (include "pongpong.selector" (list $root $component) | fromYaml) -}}
  {{- range $knobs.topologySpreadConstraints }}{{ if not .labelSelector }}{{ $_ := set . "labelSelector" $selector }}{{ end }}{{ end -}}
  {{- $_ := set $spec "topologySpreadConstraints" $knobs.topologySpreadConstraints -}}
{{- end -}}
{{- if eq (toString $knobs.fixedUser) "false" -}}
  {{- $_ := set $spec "securityContext" (omit $spec.securityContext "runAsUser" "runAsGroup" "fsGroup" "fsGroupChangePolicy") -}}
{{- end -}}
{{- include "pongpong.override" (list $spec "securityContext" $knobs.securityContext) -}}
{{- range $container := concat ($spec.initContainers | default list) $spec.containers -}}
  {{- $_ := set $container "image" (include "pongpong.mirrored" (list $root $container.image)) -}}
  {{- include "pongpong.override" (list $container "securityContext" $knobs.containerSecurityContext) -}}
  {{- with $knobs.extraEnv }}{{ $_ := set $container "env" (include "pongpong.withEnv" (list ($container.env | default list) .) | fromJsonArray) }}{{ end -}}
  {{- with $knobs.extraVolumeMounts }}{{ $_ := set $container "volumeMounts" (concat ($container.volumeMounts | default list) .) }}{{ end -}}
{{- end -}}
{{- range $name, $extra := dict "volumes" $knobs.extraVolumes "containers" $knobs.extraContainers "initContainers" $knobs.extraInitContainers -}}
  {{- with $extra }}{{ $_ := set $spec $name (concat (get $spec $name | default list) .) }}{{ end -}}
{{- end -}}
{{- end -}}

{{/* Sets single keys of a map, or takes them away by `null`. Takes a list: what holds the map, the map's name, the changes. */}}
{{- define "pongpong.override" -}}
{{- $holder := index . 0 -}}
{{- $name := index . 1 -}}
{{- $map := get $holder $name | default dict -}}
{{- range $key, $value := index . 2 -}}
  {{- if kindIs "invalid" $value }}{{ $_ := unset $map $key }}{{ else }}{{ $_ := set $map $key $value }}{{ end -}}
  {{- $_ := set $holder $name $map -}}
{{- end -}}
{{- end -}}

{{/* A container's variables, where an extra one takes the place of the one of its name. Takes a list: these, the extra ones. */}}
{{- define "pongpong.withEnv" -}}
{{- $extra := dict -}}
{{- $order := list -}}
{{- range index . 1 }}{{ $_ := set $extra .name . }}{{ $order = append $order .name }}{{ end -}}
{{- $env := list -}}
{{- range index . 0 -}}
  {{- $env = append $env (get $extra .name | default .) -}}
  {{- $order = without $order .name -}}
{{- end -}}
{{- range uniq $order }}{{ $env = append $env (get $extra .) }}{{ end -}}
{{- $env | toJson -}}
{{- end -}}

{{/* An image in the registry that `global` names, in place of its own. Takes a list: the root, the image. */}}
{{- define "pongpong.mirrored" -}}
{{- $registry := (index . 0).Values.global.imageRegistry -}}
{{- if $registry -}}
{{ $registry }}/{{ regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" (index . 1) "" }}
{{- else -}}
{{ index . 1 }}
{{- end -}}
{{- end -}}

{{/* The names of the Secrets for registries: `global`'s are those of a chart around this one, and may be plain names. */}}
{{- define "pongpong.pullSecrets" -}}
{{- $secrets := list -}}
{{- range concat (.Values.global.imagePullSecrets | default list) .Values.imagePullSecrets -}}
  {{- $secrets = append $secrets (ternary . (dict "name" .) (kindIs "map" .)) -}}
{{- end -}}
{{- uniq $secrets | toJson -}}
{{- end -}}

{{/* A value whose every string is rendered as a template, as `{"value": ...}`. Takes a list: the root, the value. */}}
{{- define "pongpong.templated" -}}
{{- $root := index . 0 -}}
{{- $made := index . 1 -}}
{{- if kindIs "string" $made -}}
  {{- $made = tpl $made $root -}}
{{- else if kindIs "map" $made -}}
  {{- $made = dict -}}
  {{- range $key, $value := index . 1 }}{{ $_ := set $made $key (include "pongpong.templated" (list $root $value) | fromJson).value }}{{ end -}}
{{- else if kindIs "slice" $made -}}
  {{- $made = list -}}
  {{- range index . 1 }}{{ $made = append $made (include "pongpong.templated" (list $root .) | fromJson).value }}{{ end -}}
{{- end -}}
{{- dict "value" $made | toJson -}}
{{- end -}}
