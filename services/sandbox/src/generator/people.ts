import type { Address } from '../woocommerce/index.js';
import type { Random } from './random.js';
import type { Region } from './profiles.js';

export interface Person {
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly company?: string;
}

const FIRST = ['Maria', 'James', 'Wei', 'Fatima', 'Noah', 'Olga', 'Pedro', 'Zoë', 'Liam', 'Aiko', 'Ivan', 'Grace'];
const LAST = ['García', 'Miller', 'Chen', 'Haddad', 'Brown', 'Petrova', 'Silva', 'Müller', "O'Brien", 'Sato', 'Novak'];

/** Buyers whose names or addresses are a trap for a system that keys on them. */
export const ODD_PEOPLE = {
  emailCase: [
    { firstName: 'Ann', lastName: 'Lee', email: 'ann.lee@example.com' },
    { firstName: 'Ann', lastName: 'Lee', email: 'Ann.Lee@Example.COM' },
  ],
  oneName: [
    { firstName: 'John', lastName: 'Smith', email: 'john.smith@example.com' },
    { firstName: 'John', lastName: 'Smith', email: 'jsmith@example.net' },
  ],
  vendorName: [
    { firstName: 'Pat', lastName: 'Hardware', email: 'pat.hardware@example.com' },
    { firstName: 'northwind', lastName: 'traders', email: 'orders@northwind.example' },
  ],
  knownCustomer: [{ firstName: 'Carla', lastName: 'Known', email: 'Carla.Known@example.com' }],
  takenCustomerName: [{ firstName: 'Dana', lastName: 'Taken', email: 'dana.taken@example.com' }],
  colon: [{ firstName: 'Anna: Maria', lastName: 'Colon', email: 'anna.colon@example.com' }],
  tab: [{ firstName: 'Tab\tbed', lastName: 'Line\nBreak', email: 'tab@example.com' }],
  emoji: [{ firstName: '😀 Joy', lastName: 'Łukasz 田中', email: 'joy@example.com' }],
  longName: [
    { firstName: 'Wolfeschlegel'.repeat(16).slice(0, 200), lastName: 'Stein', email: 'long.name@example.com' },
  ],
  entities: [
    {
      firstName: 'Tom &amp; Jerry',
      lastName: 'O&#039;Hara',
      email: 'tom.jerry@example.com',
      company: 'A&amp;B &lt;Ltd&gt;',
    },
  ],
  noName: [{ firstName: '', lastName: '', email: 'nameless@example.com' }],
  noEmail: [{ firstName: 'Walk', lastName: 'In', email: '' }],
} satisfies Record<string, readonly Person[]>;

export function ordinaryPeople(random: Random, count: number): Person[] {
  return Array.from({ length: count }, (_, index) => {
    const firstName = random.pick(FIRST);
    const lastName = random.pick(LAST);
    return { firstName, lastName, email: `buyer${index + 1}@shop-mail.example` };
  });
}

export function addressOf(person: Person, region: Region): Address {
  return {
    first_name: person.firstName,
    last_name: person.lastName,
    company: person.company ?? '',
    address_1: '1 Elm St',
    address_2: '',
    city: region.city,
    state: region.state,
    postcode: region.postcode,
    country: region.country,
    email: person.email,
    phone: '',
  };
}
