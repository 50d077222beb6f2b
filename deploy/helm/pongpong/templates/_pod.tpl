{{/* The restricted profile of Pod Security for a pod. Takes a list: the uid, the gid. */}}
{{- define "pongpong.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ index . 0 }}
runAsGroup: {{ index . 1 }}
fsGroup: {{ index . 1 }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* The same for a container. */}}
{{- define "pongpong.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* The beginning of every pod's spec. Takes a list: the root, the component, the uid, the gid and, where any, sysctls. */}}
{{- define "pongpong.podHead" -}}
serviceAccountName: {{ include "pongpong.fullname" (index . 0) }}
automountServiceAccountToken: false
{{ include "pongpong.podBody" . }}
{{- end -}}

{{/* The same without the account. */}}
{{- define "pongpong.podBody" -}}
enableServiceLinks: false
securityContext:
  {{- include "pongpong.podSecurity" (list (index . 2) (index . 3)) | nindent 2 }}
  {{- if gt (len .) 4 }}
  {{- with index . 4 }}
  sysctls:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
{{- include "pongpong.spread" . }}
{{- end -}}

{{/* Over nodes and zones, where nothing else is said. Takes a list: the root, the component. */}}
{{- define "pongpong.spread" -}}
{{- $root := index . 0 }}
topologySpreadConstraints:
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "pongpong.selector" (list $root (index $ 1)) | nindent 8 }}
  {{- end }}
{{- end -}}

{{/* An environment variable from the release's Secret. Takes a list: the root, the variable, the key. */}}
{{- define "pongpong.secretEnv" -}}
- name: {{ index . 1 }}
  valueFrom:
    secretKeyRef:
      name: {{ include "pongpong.secretName" (index . 0) }}
      key: {{ index . 2 }}
{{- end -}}

{{/* A StatefulSet's claim, unless there is one already. Takes a list: the volume's name, its `persistence` values. */}}
{{- define "pongpong.claim" -}}
{{- $persistence := index . 1 -}}
{{- if not $persistence.existingClaim }}
volumeClaimTemplates:
  - metadata:
      name: {{ index . 0 }}
    spec:
      accessModes: [ReadWriteOnce]
      {{- with $persistence.storageClass }}
      storageClassName: {{ . }}
      {{- end }}
      resources:
        requests:
          storage: {{ $persistence.size }}
{{- with $persistence.retention }}
persistentVolumeClaimRetentionPolicy:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The volume of a claim that was there before. Takes a list: the volume's name, its `persistence` values. */}}
{{- define "pongpong.existingClaim" -}}
{{- with (index . 1).existingClaim }}
- name: {{ index $ 0 }}
  persistentVolumeClaim:
    claimName: {{ . }}
{{- end }}
{{- end -}}

{{/*
The PriorityClass of PostgreSQL and Valkey, where the chart makes one. They end before they start anew; without it a pod of an
upgrade that found no room before takes theirs meanwhile, and then waits for them for ever, as they for it.
*/}}
{{- define "pongpong.dataPriority" -}}
{{- if and .Values.dataPriority.create (or .Values.postgresql.enabled .Values.valkey.enabled) -}}
{{ printf "%s-%s-data" .Release.Namespace (include "pongpong.fullname" .) }}
{{- end -}}
{{- end -}}

{{/*
Probes of one HTTP path. What is dead refuses at once and counts each time; what is slow, on a node with no CPU to spare, gets
its time to answer, since to take it out of service or to start it anew makes it slower still.
Takes a list: the port's name, the path of liveness, the path of readiness.
*/}}
{{- define "pongpong.probes" -}}
startupProbe:
  httpGet:
    path: {{ index . 1 }}
    port: {{ index . 0 }}
  {{- include "pongpong.startupTimes" . | nindent 2 }}
livenessProbe:
  httpGet:
    path: {{ index . 1 }}
    port: {{ index . 0 }}
  {{- include "pongpong.livenessTimes" . | nindent 2 }}
readinessProbe:
  httpGet:
    path: {{ index . 2 }}
    port: {{ index . 0 }}
  {{- include "pongpong.readinessTimes" . | nindent 2 }}
{{- end -}}

{{/* A start may take 10 minutes. */}}
{{- define "pongpong.startupTimes" -}}
periodSeconds: 2
timeoutSeconds: 20
failureThreshold: 300
{{- end -}}

{{/* One that refuses is dead after 60 s, one that hangs after 3 minutes. */}}
{{- define "pongpong.livenessTimes" -}}
periodSeconds: 10
timeoutSeconds: 30
failureThreshold: 6
{{- end -}}

{{/* One that refuses, or says that it is not ready, is out of service after 15 s; one that hangs after a minute. */}}
{{- define "pongpong.readinessTimes" -}}
periodSeconds: 5
timeoutSeconds: 20
failureThreshold: 3
{{- end -}}
