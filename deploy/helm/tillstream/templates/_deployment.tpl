{{/* Deployment of one service, and its PodDisruptionBudget when there is more than one replica. Takes {root, name, service}. */}}
{{- define "tillstream.deployment" -}}
{{- $root := .root -}}
{{- $name := .name -}}
{{- $fullname := printf "%s-%s" (include "tillstream.fullname" $root) $name -}}
{{- $identity := dict "root" $root "component" $name -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $fullname }}
  labels:
    {{- include "tillstream.labels" $identity | nindent 4 }}
spec:
  replicas: {{ .service.replicas }}
  revisionHistoryLimit: 5
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  selector:
    matchLabels:
      {{- include "tillstream.selectorLabels" $identity | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "tillstream.labels" $identity | nindent 8 }}
        {{- with $root.Values.pods.labels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with $root.Values.pods.annotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      {{- include "tillstream.podSpec" . | nindent 6 }}
      # The services end by themselves within 10 s.
      terminationGracePeriodSeconds: 15
      affinity:
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 100
              podAffinityTerm:
                topologyKey: kubernetes.io/hostname
                labelSelector:
                  matchLabels:
                    {{- include "tillstream.selectorLabels" $identity | nindent 20 }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: topology.kubernetes.io/zone
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "tillstream.selectorLabels" $identity | nindent 14 }}
      containers:
        - name: {{ $name }}
          image: {{ include "tillstream.image" . | quote }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          securityContext:
            {{- include "tillstream.containerSecurity" . | nindent 12 }}
          env:
            {{- include "tillstream.env" $root | nindent 12 }}
          ports:
            - name: http
              containerPort: 8080
            {{- if eq $name "query-api" }}
            - name: grpc
              containerPort: 50051
            {{- end }}
          # Generous: the first start waits for Kafka and MongoDB.
          startupProbe:
            httpGet: { path: /health/live, port: http }
            periodSeconds: 2
            failureThreshold: 60
          livenessProbe:
            httpGet: { path: /health/live, port: http }
            periodSeconds: 10
            timeoutSeconds: 3
            failureThreshold: 3
          readinessProbe:
            httpGet: { path: /health/ready, port: http }
            periodSeconds: 5
            timeoutSeconds: 3
            failureThreshold: 3
          {{- if eq $name "query-api" }}
          # Connections go on arriving until every node has heard that this pod leaves.
          lifecycle:
            preStop:
              exec:
                command: [node, -e, "setTimeout(() => {}, 3000)"]
          {{- end }}
          resources:
            {{- toYaml .service.resources | nindent 12 }}
          {{- include "tillstream.volumeMounts" $root | nindent 10 }}
      {{- include "tillstream.volumes" $root | nindent 6 }}
{{- if gt (int .service.replicas) 1 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $fullname }}
  labels:
    {{- include "tillstream.labels" $identity | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "tillstream.selectorLabels" $identity | nindent 6 }}
{{- end }}
{{- end -}}
