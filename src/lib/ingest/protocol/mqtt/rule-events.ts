/** What is out of order in a session of MQTT, as events for rules: names are Suricata's. */

const CONNECT = 1;
const CONNACK = 2;
const PUBLISH = 3;
const PUBACK = 4;
const PUBCOMP = 7;
const SUBSCRIBE = 8;
const SUBACK = 9;
const UNSUBSCRIBE = 10;
const UNSUBACK = 11;
const MOST = 4_096;

/** What each acknowledgement needs to have seen. */
const NEEDS: Readonly<Record<number, readonly [request: number, event: string]>> = {
  [SUBACK]: [SUBSCRIBE, 'missing_subscribe'],
  [UNSUBACK]: [UNSUBSCRIBE, 'missing_unsubscribe'],
};

export class SessionOrder {
  #asked = false;
  #accepted = false;
  /** Identifiers that wait, by the kind of their request. */
  readonly #open = new Map<number, Set<number>>();

  /** `qos` of PUBLISH; `id` where the packet has one. */
  eventsOf(type: number, qos: number, id: number | undefined): readonly string[] {
    const found: string[] = [];
    if (type === CONNECT) {
      if (this.#asked) found.push('double_connect');
      this.#asked = true;
      return found;
    }
    if (type === CONNACK) {
      if (!this.#asked) found.push('missing_connect');
      this.#accepted = true;
      return found;
    }
    if (!this.#accepted) found.push('unintroduced_message');
    if (type === PUBLISH && qos === 3) found.push('invalid_qos_level');
    const hasId = type === SUBSCRIBE || type === UNSUBSCRIBE || (type === PUBLISH && qos > 0);
    if (hasId && !id) found.push('missing_msg_id');
    else if (hasId && id) this.#begin(type, id);
    if (type >= PUBACK && type <= PUBCOMP && id !== undefined && !this.#open.get(PUBLISH)?.has(id))
      found.push('missing_publish');
    const needs = NEEDS[type];
    if (needs && id !== undefined && !this.#open.get(needs[0])?.delete(id)) found.push(needs[1]);
    if (type === PUBACK || type === PUBCOMP) this.#open.get(PUBLISH)?.delete(id ?? 0);
    return found;
  }

  #begin(type: number, id: number): void {
    const open = this.#open.get(type) ?? new Set<number>();
    this.#open.set(type, open);
    if (open.size < MOST) open.add(id);
  }
}
