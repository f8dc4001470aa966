{{/* Name of the release's objects; short enough that the longest suffix stays within a label's 63 characters. */}}
{{- define "tillstream.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 30 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 30 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 30 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Labels that select pods. Takes {root, component}. */}}
{{- define "tillstream.selectorLabels" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Labels of every object. Takes {root, component}. */}}
{{- define "tillstream.labels" -}}
{{ include "tillstream.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: tillstream
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Image of one target of deploy/docker/Dockerfile. Takes {root, name}. */}}
{{- define "tillstream.image" -}}
{{- with .root.Values.image.registry }}{{ . }}/{{ end -}}
{{ .root.Values.image.prefix }}{{ .name }}:{{ default .root.Chart.AppVersion .root.Values.image.tag }}
{{- end -}}

{{/* Address of the query API inside the cluster. */}}
{{- define "tillstream.apiUrl" -}}
http://{{ include "tillstream.fullname" . }}-query-api:{{ .Values.service.httpPort }}
{{- end -}}

{{/* What every pod of the chart has, whatever it runs. Takes {root}. */}}
{{- define "tillstream.podSpec" -}}
{{- $pods := .root.Values.pods -}}
{{/* Service links would inject TILLSTREAM_..._SERVICE_HOST, and an unknown TILLSTREAM_* variable stops the start. */ -}}
enableServiceLinks: false
automountServiceAccountToken: false
{{- with $pods.serviceAccountName }}
serviceAccountName: {{ . }}
{{- end }}
{{- with $pods.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  seccompProfile:
    type: RuntimeDefault
{{- with $pods.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $pods.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "tillstream.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* One environment variable from a key of an existing Secret. Takes {name, secret, key}. */}}
{{- define "tillstream.secretEnv" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
{{- end -}}

{{/* How to reach Kafka: for the services and for the topics job. Takes the root. */}}
{{- define "tillstream.kafkaEnv" -}}
{{- $kafka := .Values.kafka -}}
- name: KAFKA_BROKERS
  value: {{ join "," $kafka.brokers | quote }}
{{- with $kafka.topicPrefix }}
- name: KAFKA_TOPIC_PREFIX
  value: {{ . | quote }}
{{- end }}
{{- if $kafka.sasl.mechanism }}
{{- $secret := required "kafka.sasl.existingSecret is needed with kafka.sasl.mechanism" $kafka.sasl.existingSecret }}
- name: KAFKA_SASL_MECHANISM
  value: {{ $kafka.sasl.mechanism }}
{{ include "tillstream.secretEnv" (dict "name" "KAFKA_SASL_USERNAME" "secret" $secret "key" $kafka.sasl.usernameKey) }}
{{ include "tillstream.secretEnv" (dict "name" "KAFKA_SASL_PASSWORD" "secret" $secret "key" $kafka.sasl.passwordKey) }}
{{- end }}
{{- if $kafka.tls.caSecret }}
- name: KAFKA_SSL_CA
  value: /etc/tillstream/kafka/{{ $kafka.tls.caKey }}
{{- end }}
{{- end -}}

{{/* Environment of the distributed profile. Takes the root. */}}
{{- define "tillstream.env" -}}
{{- $keys := .Values.keys -}}
- name: TILLSTREAM_PROFILE
  value: distributed
- name: TILLSTREAM_HOST
  value: 0.0.0.0
- name: LOG_LEVEL
  value: {{ .Values.config.logLevel }}
- name: TILLSTREAM_ALLOW_PRIVATE_TARGETS
  value: {{ .Values.config.allowPrivateTargets | quote }}
{{- with .Values.config.publicUrl }}
- name: TILLSTREAM_PUBLIC_URL
  value: {{ . | quote }}
{{- end }}
{{- with .Values.config.otlpEndpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{ include "tillstream.secretEnv" (dict "name" "TILLSTREAM_ADMIN_KEY" "secret" $keys.existingSecret "key" $keys.adminKey) }}
{{ include "tillstream.secretEnv" (dict "name" "TILLSTREAM_MASTER_KEY" "secret" $keys.existingSecret "key" $keys.masterKey) }}
{{- with $keys.previousMasterKey }}
{{ include "tillstream.secretEnv" (dict "name" "TILLSTREAM_MASTER_KEY_PREVIOUS" "secret" $keys.existingSecret "key" .) }}
{{- end }}
{{ include "tillstream.secretEnv" (dict "name" "MONGODB_URI" "secret" .Values.mongodb.existingSecret "key" .Values.mongodb.uriKey) }}
{{ include "tillstream.kafkaEnv" . }}
{{- end -}}

{{/* The Kafka certificate authority as a file. Empty without TLS. Take the root. */}}
{{- define "tillstream.volumeMounts" -}}
{{- if .Values.kafka.tls.caSecret }}
volumeMounts:
  - name: kafka-ca
    mountPath: /etc/tillstream/kafka
    readOnly: true
{{- end }}
{{- end -}}
{{- define "tillstream.volumes" -}}
{{- with .Values.kafka.tls }}
{{- if .caSecret }}
volumes:
  - name: kafka-ca
    secret:
      secretName: {{ .caSecret }}
      items:
        - key: {{ .caKey }}
          path: {{ .caKey }}
{{- end }}
{{- end }}
{{- end -}}
