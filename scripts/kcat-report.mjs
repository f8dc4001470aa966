// What a foreign consumer of sync.events.v1 checks, apart from how it reads: schema, key, and seq per producer
// (proto/events/README.md is the promise, this holds us to it).
import { Ajv2020 } from 'ajv/dist/2020.js';

const RFC_3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const PROBLEMS_SHOWN = 10;
/** Effects say which kind of document they are about; the key says whose history that is. */
const ENTITY_OF_KIND = {
  invoice: 'orders',
  payment: 'orders',
  customer: 'customers',
  item: 'products',
  account: 'accounts',
};

/** Takes records one by one, in the order of their partitions; `counts` and `problems` tell what was seen. */
export class EventReport {
  #validate;
  #validateAs;
  #highest = new Map();
  counts = new Map();
  read = 0;
  matching = 0;
  repeated = 0;
  /** The first ones, as sentences without values: values may be personal data. */
  problems = [];

  constructor(schema) {
    const ajv = new Ajv2020({ formats: { 'date-time': RFC_3339_UTC } });
    this.#validate = ajv.compile(schema);
    this.#validateAs = (type) => ajv.getSchema(`${schema.$id}#/$defs/${type}`);
  }

  /** `record`: `{ partition, offset, key, value }`, value as text. */
  add({ partition, offset, key, value }) {
    this.read += 1;
    const wrong = this.#problemOf(key, value);
    if (wrong === undefined) this.matching += 1;
    else if (this.problems.length < PROBLEMS_SHOWN)
      this.problems.push(`partition ${partition} offset ${offset}: ${wrong}`);
  }

  #problemOf(key, value) {
    const event = parsed(value);
    if (event === undefined) return 'the value is not JSON';
    const type = typeof event?.type === 'string' ? event.type : 'unknown';
    this.counts.set(type, (this.counts.get(type) ?? 0) + 1);
    if (!this.#validate(event)) return `${type} does not match the schema: ${this.#whyNot(event, type)}`;
    if (key !== keyOf(event)) return `the key of ${type} is not tenant:entity:sourceId`;
    return this.#seqProblem(event);
  }

  /** Against its own type alone: the errors of all the alternatives would hide the one that matters. */
  #whyNot(event, type) {
    const validate = this.#validateAs(type);
    if (validate === undefined) return 'the topic is not said to carry this type';
    if (validate(event)) return 'it is more than one of the types';
    const [{ instancePath, message }] = validate.errors;
    return `${instancePath || 'the event'} ${message}`;
  }

  /** A repeat is no problem, a gap is: something is lost. */
  #seqProblem({ producer, seq }) {
    const last = this.#highest.get(producer) ?? 0;
    if (seq <= last) {
      this.repeated += 1;
      return undefined;
    }
    this.#highest.set(producer, seq);
    return seq === last + 1 ? undefined : `seq ${seq} of a producer follows ${last}`;
  }
}

function keyOf({ tenantId, facts }) {
  return `${tenantId}:${facts.entity ?? ENTITY_OF_KIND[facts.kind]}:${facts.sourceId}`;
}

function parsed(value) {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
