import { column, optional, recordTable } from './record-table.ts';

/** Zeek's mqtt_connect.log. */
export const MQTT_CONNECT = recordTable('mqtt_connect', 'One row an MQTT login.', [
  column('proto_name', 'text', 'MQTT, or MQIsdp before 3.1.1'),
  column('proto_version', 'text', '3.1, 3.1.1 or 5.0'),
  column('client_id', 'text', 'what the client calls itself', optional),
  column('connect_status', 'text', "the server's answer", optional),
  column('username', 'text', 'the account', { ...optional, ecs: 'user.name' }),
  column('will_topic', 'text', 'topic of the last will', optional),
  column('will_payload', 'text', 'the last will', optional),
]);

/** Zeek's mqtt_publish.log. */
export const MQTT_PUBLISH = recordTable(
  'mqtt_publish',
  'One row an MQTT message published, by the client or to it.',
  [
    column('from_client', 'bool', 'sent by the client'),
    column('retain', 'bool', 'to be kept by the server'),
    column('qos', 'text', 'at most once, at least once, exactly once'),
    column('status', 'text', 'ok, or incomplete_qos where acknowledgements are missing'),
    column('topic', 'text', 'the topic'),
    column('payload', 'text', 'the first hundred bytes of the message'),
    column('payload_len', 'u64', 'bytes of the message', { unit: 'bytes' }),
  ],
);

/** Zeek's mqtt_subscribe.log. */
export const MQTT_SUBSCRIBE = recordTable('mqtt_subscribe', 'One row a subscription, or the end of one.', [
  column('action', 'text', 'MQTT::SUBSCRIBE or MQTT::UNSUBSCRIBE'),
  column('topics', 'text[]', 'topic filters'),
  column('qos_levels', 'u16[]', 'quality of service asked for, by topic', optional),
  column('granted_qos_level', 'u8', 'quality of service granted to the first topic', optional),
  column('ack', 'bool', 'the server confirmed it'),
]);
