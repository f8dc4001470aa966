import type { Site, TaxRate } from '../woocommerce/index.js';

/** The company behind the shop: US sales tax, several VAT rates, or a currency without decimals. */
export type CompanyProfile = 'us' | 'global' | 'jpy';

export interface Region {
  readonly country: string;
  readonly state: string;
  readonly city: string;
  readonly postcode: string;
  /** Rates per tax class; a class without entry is untaxed here. */
  readonly rates: Readonly<Record<string, readonly TaxRate[]>>;
  readonly trait: 'plain' | 'several' | 'compound' | 'untaxed';
}

export interface Profile {
  readonly site: Partial<Site> & Pick<Site, 'currency' | 'decimals' | 'zone'>;
  readonly regions: readonly Region[];
  readonly foreignCurrency: string;
}

type RateSpec = readonly [label: string, percent: string, compound?: 'compound'];

interface RegionSpec {
  readonly country: string;
  readonly state?: string;
  readonly city: string;
  readonly postcode: string;
  readonly classes: Readonly<Record<string, readonly RateSpec[]>>;
}

const US: readonly RegionSpec[] = [
  {
    country: 'US',
    state: 'NV',
    city: 'Reno',
    postcode: '89501',
    classes: { '': [['NV Tax', '8.265']], 'reduced-rate': [['NV Food', '2.5']] },
  },
  {
    country: 'US',
    state: 'TX',
    city: 'Austin',
    postcode: '73301',
    classes: { '': [['TX Tax', '8.25']], 'reduced-rate': [['TX Food', '1.25']] },
  },
  {
    country: 'US',
    state: 'CA',
    city: 'Oakland',
    postcode: '94601',
    classes: {
      '': [
        ['CA State', '7.25'],
        ['Alameda', '1.5'],
        ['Oakland', '1.5'],
      ],
      'reduced-rate': [['CA Food', '1.75']],
    },
  },
  {
    country: 'US',
    state: 'PR',
    city: 'Ponce',
    postcode: '00716',
    classes: {
      '': [
        ['PR Tax', '10.5'],
        ['Municipal', '1', 'compound'],
      ],
      'reduced-rate': [['PR Food', '1']],
    },
  },
  { country: 'US', state: 'OR', city: 'Portland', postcode: '97201', classes: {} },
];

// Every set of rates has a combined rate of its own, so that each maps to exactly one tax code of the company.
const GLOBAL: readonly RegionSpec[] = [
  {
    country: 'DE',
    city: 'Berlin',
    postcode: '10115',
    classes: { '': [['MwSt.', '19']], 'reduced-rate': [['MwSt. erm.', '7']], 'zero-rate': [['MwSt. 0', '0']] },
  },
  {
    country: 'FR',
    city: 'Lyon',
    postcode: '69001',
    classes: { '': [['TVA', '20']], 'reduced-rate': [['TVA réd.', '5.5']] },
  },
  {
    country: 'ES',
    city: 'Sevilla',
    postcode: '41001',
    classes: {
      '': [
        ['IVA', '21'],
        ['Recargo', '5.2'],
      ],
      'reduced-rate': [
        ['IVA red.', '10'],
        ['Recargo red.', '1.4'],
      ],
    },
  },
  {
    country: 'CA',
    state: 'QC',
    city: 'Montréal',
    postcode: 'H2X 1Y4',
    classes: {
      '': [
        ['TPS', '5'],
        ['TVQ', '9.975', 'compound'],
      ],
      'reduced-rate': [['TPS seule', '4']],
    },
  },
  {
    country: 'IE',
    city: 'Cork',
    postcode: 'T12',
    classes: { '': [['VAT', '23']], 'reduced-rate': [['VAT red.', '13.5']] },
  },
  { country: 'CH', city: 'Zürich', postcode: '8001', classes: {} },
];

const JPY: readonly RegionSpec[] = [
  {
    country: 'JP',
    state: 'JP13',
    city: 'Tokyo',
    postcode: '100-0001',
    classes: { '': [['消費税', '10']], 'reduced-rate': [['軽減税率', '8']] },
  },
  {
    country: 'JP',
    state: 'JP01',
    city: 'Sapporo',
    postcode: '060-0001',
    classes: {
      '': [
        ['消費税', '7.8'],
        ['地方消費税', '2.3'],
      ],
      'reduced-rate': [['軽減', '6']],
    },
  },
  {
    country: 'JP',
    state: 'JP47',
    city: 'Naha',
    postcode: '900-0001',
    classes: {
      '': [
        ['税', '5'],
        ['付加税', '2', 'compound'],
      ],
      'reduced-rate': [['軽減', '4']],
    },
  },
  { country: 'US', state: 'OR', city: 'Portland', postcode: '97201', classes: {} },
];

export const PROFILES: Readonly<Record<CompanyProfile, Profile>> = {
  us: {
    site: {
      title: 'Elm Street Goods',
      zone: 'America/New_York',
      country: 'US',
      currency: 'USD',
      decimals: 2,
      pricesIncludeTax: false,
      roundAtSubtotal: false,
    },
    regions: buildRegions(US),
    foreignCurrency: 'CAD',
  },
  global: {
    site: {
      title: 'Laden Ümlaut',
      zone: 'Europe/Berlin',
      country: 'DE',
      currency: 'EUR',
      decimals: 2,
      pricesIncludeTax: true,
      roundAtSubtotal: true,
    },
    regions: buildRegions(GLOBAL),
    foreignCurrency: 'USD',
  },
  jpy: {
    site: {
      title: '東京商店',
      zone: 'Asia/Tokyo',
      country: 'JP',
      currency: 'JPY',
      decimals: 0,
      pricesIncludeTax: true,
      roundAtSubtotal: false,
    },
    regions: buildRegions(JPY),
    foreignCurrency: 'USD',
  },
};

function buildRegions(specs: readonly RegionSpec[]): Region[] {
  let id = 0;
  return specs.map((spec) => {
    const rates: Record<string, TaxRate[]> = {};
    for (const [taxClass, list] of Object.entries(spec.classes)) {
      rates[taxClass] = list.map(([label, percent, compound], index) => {
        id += 1;
        return {
          id,
          code: [spec.country, spec.state, label.toUpperCase(), index + 1]
            .filter((part) => part !== undefined)
            .join('-'),
          label,
          percent,
          compound: compound === 'compound',
          shipping: true,
          priority: index + 1,
          class: taxClass,
          country: spec.country,
          state: spec.state ?? '',
        };
      });
    }
    const { country, city, postcode, state = '' } = spec;
    return { country, state, city, postcode, rates, trait: traitOf(rates['']) };
  });
}

function traitOf(standard: readonly TaxRate[] | undefined): Region['trait'] {
  if (standard === undefined) return 'untaxed';
  if (standard.some((rate) => rate.compound)) return 'compound';
  return standard.length > 1 ? 'several' : 'plain';
}
