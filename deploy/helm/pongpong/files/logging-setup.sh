# Elasticsearch's users, life cycle and index template, and Kibana's data view. Run again, it sets the same things anew.
ask() { curl --silent --show-error --fail-with-body --user "elastic:$ELASTIC_PASSWORD" --header "Content-Type: application/json" "$@"; echo; }

until ask "$ELASTICSEARCH_URL/_cluster/health?wait_for_status=yellow&timeout=30s"; do sleep 5; done

ask -X POST "$ELASTICSEARCH_URL/_security/user/kibana_system/_password" -d "{\"password\": \"$KIBANA_PASSWORD\"}"
ask -X PUT "$ELASTICSEARCH_URL/_security/role/pongpong_writer" -d '{
  "cluster": ["monitor"],
  "indices": [{"names": ["pongpong-logs*"], "privileges": ["create_doc", "auto_configure", "view_index_metadata"]}]
}'
ask -X PUT "$ELASTICSEARCH_URL/_security/user/fluent_bit" -d "{\"password\": \"$FLUENT_BIT_PASSWORD\", \"roles\": [\"pongpong_writer\"]}"
ask -X PUT "$ELASTICSEARCH_URL/_ilm/policy/pongpong-logs" -d "{
  \"policy\": {\"phases\": {
    \"hot\": {\"actions\": {\"rollover\": {\"max_age\": \"1d\", \"max_primary_shard_size\": \"10gb\"}}},
    \"delete\": {\"min_age\": \"${KEEP_DAYS}d\", \"actions\": {\"delete\": {}}}
  }}
}"
ask -X PUT "$ELASTICSEARCH_URL/_index_template/pongpong-logs" -d '{
  "index_patterns": ["pongpong-logs*"],
  "data_stream": {},
  "priority": 500,
  "template": {
    "settings": {"index.lifecycle.name": "pongpong-logs", "number_of_shards": 1, "auto_expand_replicas": "0-1"},
    "mappings": {
      "dynamic_templates": [{"texts": {"match_mapping_type": "string", "mapping": {"type": "keyword", "ignore_above": 1024}}}],
      "properties": {
        "@timestamp": {"type": "date"},
        "request_id": {"type": "keyword"},
        "service": {"type": "keyword"},
        "level": {"type": "keyword"},
        "message": {"type": "text"},
        "log": {"type": "text"},
        "time": {"type": "keyword", "index": false},
        "status": {"type": "short"},
        "duration_ms": {"type": "float"},
        "user_id": {"type": "long"}
      }
    }
  }
}'

until ask --output /dev/null "$KIBANA_URL/api/status"; do sleep 5; done
ask -X POST "$KIBANA_URL/api/data_views/data_view" --header "kbn-xsrf: true" -d '{
  "override": true,
  "data_view": {"id": "pongpong", "name": "pongpong", "title": "pongpong-logs*", "timeFieldName": "@timestamp"}
}'
