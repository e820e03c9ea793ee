{{- define "portside.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "portside.selector" -}}
app.kubernetes.io/name: portside
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "portside.labels" -}}
{{ include "portside.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "portside.secret" -}}
{{ .Values.secrets.existingSecret | default (include "portside.name" .) }}
{{- end }}

{{- define "portside.check" -}}
{{- if eq .Values.mode "scaled" }}
{{- if not .Values.settings.blobs }}{{ fail "mode scaled needs settings.blobs, such as s3://bucket" }}{{ end }}
{{- if not (or .Values.secrets.database .Values.secrets.existingSecret) }}{{ fail "mode scaled needs secrets.database or secrets.existingSecret" }}{{ end }}
{{- end }}
{{- end }}

{{/* What servers and workers have in common: dict "root" . "part" "server"|"worker" "values" .Values.server */}}
{{- define "portside.pod" -}}
{{- $root := .root }}
{{- $name := include "portside.name" $root }}
{{- $scheme := ternary "HTTPS" "HTTP" (not (empty $root.Values.tls.existingSecret)) }}
metadata:
  labels:
    {{- include "portside.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .part }}
  annotations:
    checksum/settings: {{ include (print $root.Template.BasePath "/configmap.yaml") $root | sha256sum }}
    {{- with .values.podAnnotations }}{{ toYaml . | nindent 4 }}{{ end }}
spec:
  serviceAccountName: {{ $name }}
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: {{ add $root.Values.drainSeconds 20 }}
  {{- with $root.Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: {{ .part }}
      image: "{{ $root.Values.image.repository }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}"
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: [{{ ternary "serve" "worker" (eq .part "server") }}]
      ports:
        - {name: http, containerPort: 5000}
      envFrom:
        - configMapRef: {name: {{ $name }}}
        - secretRef: {name: {{ include "portside.secret" $root }}}
      env:
        - {name: PORTSIDE_TASKS, value: {{ ternary "true" "false" (or (eq .part "worker") (eq $root.Values.mode "embedded")) | quote }}}
        {{- if eq .part "worker" }}
        - {name: PORTSIDE_WORKER_PORT, value: "5000"}
        {{- end }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
      # The first start makes tables, or brings them forward.
      startupProbe:
        httpGet: {path: /healthz, port: http, scheme: {{ $scheme }}}
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: {path: /healthz, port: http, scheme: {{ $scheme }}}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: {path: /readyz, port: http, scheme: {{ $scheme }}}
        periodSeconds: 5
        timeoutSeconds: 5
      {{- if eq .part "server" }}
      # No more requests come once every proxy has heard that this pod ends; only then does it stop listening.
      lifecycle:
        preStop:
          exec: {command: [python3, -c, "import time; time.sleep(5)"]}
      {{- end }}
      {{- with .values.resources }}
      resources: {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        - {name: data, mountPath: /data}
        - {name: tmp, mountPath: /tmp}
        {{- if $root.Values.tls.existingSecret }}
        - {name: tls, mountPath: /tls, readOnly: true}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: {}
    - name: data
      {{- if eq $root.Values.mode "embedded" }}
      persistentVolumeClaim: {claimName: {{ $root.Values.persistence.existingClaim | default $name }}}
      {{- else }}
      emptyDir: {}
      {{- end }}
    {{- with $root.Values.tls.existingSecret }}
    - name: tls
      secret: {secretName: {{ . }}}
    {{- end }}
  {{- with .values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if eq $root.Values.mode "scaled" }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "portside.selector" $root | nindent 10 }}
          app.kubernetes.io/component: {{ .part }}
  {{- end }}
{{- end }}
