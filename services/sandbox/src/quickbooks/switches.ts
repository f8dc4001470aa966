import type { RoundingMode } from './decimal.js';

/** One rate of a tax code. `compound`: charged on the amount plus the taxes before it. */
export interface TaxRateSeed {
  readonly name: string;
  readonly percent: number;
  readonly compound?: boolean;
}

export interface TaxCodeSeed {
  readonly name: string;
  readonly rates: readonly TaxRateSeed[];
  readonly active?: boolean;
}

/** Requests allowed to one realm; null switches a limit off. */
export interface Limits {
  readonly perMinute: number | null;
  readonly perSecond: number | null;
  readonly inFlight: number | null;
}

/**
 * How one company is set up, and which of the behaviours that no source settles it shows. Defaults in brackets.
 * `facts/quickbooks.md` marks the unsettled ones "unconfirmed".
 */
export interface CompanySwitches {
  /** 'US' selects sales tax with TAX/NON lines; any other country uses global tax codes. */
  country: string;
  companyName: string;
  /** ISO 4217 [USD for US, GBP for GB, else EUR]. */
  homeCurrency: string;
  multiCurrency: boolean;

  /** US: Preferences.TaxPrefs.UsingSalesTax [true]. When false, TxnTaxDetail is ignored. */
  usingSalesTax: boolean;
  /** US: automated sales tax, Preferences.TaxPrefs.PartnerTaxEnabled [false]. */
  partnerTaxEnabled: boolean;
  /** US: does automated sales tax replace the TotalTax that was sent [false]. */
  astOverridesTotalTax: boolean;
  /** US: percent that automated sales tax charges on taxable lines [0, as sandbox companies do]. */
  astPercent: number;
  /** US: a sent TotalTax on a document without a TAX line is dropped (nothing to spread it over) or kept [dropped]. */
  overrideWithoutTaxableLines: 'dropped' | 'kept';
  /** Non-US: are the TaxLine amounts that were sent booked, or computed anew [honoured]. */
  sentTaxLines: 'honoured' | 'recomputed';
  /** Rounding of totals and taxes [halfUp]. */
  rounding: RoundingMode;
  /** Tax codes of the company [the country's usual ones]. */
  taxCodes: readonly TaxCodeSeed[];

  /** SalesFormsPrefs.CustomTxnNumbers [true]. When false QuickBooks numbers documents by itself. */
  customTxnNumbers: boolean;
  /** With customTxnNumbers false: is a number that was sent kept [kept]. */
  suppliedDocNumber: 'kept' | 'replaced';
  /** A DocNumber already used by a document of that type [accepted]. */
  duplicateDocNumber: 'accepted' | 'refused';
  /** Does the Detail of 6240 name the Id of the object that has the name [true]. */
  nameFaultNamesId: boolean;
  /** Fault code for a reference to something inactive ['2500']. */
  inactiveReferenceCode: '610' | '2500';
  /** AccountingInfoPrefs.BookCloseDate, YYYY-MM-DD [null]. */
  bookCloseDate: string | null;
  bookCloseCode: '6200' | '6210';
  allowShipping: boolean;
  allowDiscount: boolean;
  /** Days until an invoice without DueDate and terms is due [30]. */
  defaultTermDays: number;
  /** Numeric offset of the times in answers, minutes [-480]. */
  utcOffsetMinutes: number;

  /** Is a requestid remembered at all [honoured]. */
  requestIdMemory: 'honoured' | 'forgotten';
  /** How long, milliseconds [24 h]. */
  requestIdMemoryMs: number;
  /** A repeat while the first request still runs [code600]. */
  requestIdWhileRunning: 'code600' | 'waits';
  /** Is a request that ended in a Fault remembered too [false]. */
  requestIdRemembersFaults: boolean;

  /** May PrivateNote stand in WHERE [false: 4001]. */
  privateNoteFilterable: boolean;
  /** Does `=` on text ignore case [true]. */
  queryIgnoresCase: boolean;
  /** SyncTokens in list answers [current]; 'older' gives the one before. */
  listSyncTokens: 'current' | 'older';

  /** [500/min, 10/s, no limit in flight]. */
  limits: Limits;
  /** Body of a 429 [json]. */
  throttleBody: 'json' | 'xml';
  /** Answer to a token of another company [json403]. */
  wrongRealmAnswer: 'json403' | 'xml401';
}

const CURRENCY: Readonly<Record<string, string>> = { US: 'USD', GB: 'GBP', CA: 'CAD', AU: 'AUD', JP: 'JPY' };

const DEFAULT_TAX_CODES: Readonly<Record<string, readonly TaxCodeSeed[]>> = {
  US: [{ name: 'California', rates: [{ name: 'California', percent: 8 }] }],
  GB: [
    { name: '20.0% S', rates: [{ name: 'Standard', percent: 20 }] },
    { name: '5.0% R', rates: [{ name: 'Reduced', percent: 5 }] },
    { name: '0.0% Z', rates: [{ name: 'Zero', percent: 0 }] },
  ],
};

/** A company's complete switches; everything not given has the default named above. Throws a RangeError for an unknown one. */
export function companySwitches(given: Partial<CompanySwitches> & { country: string }): CompanySwitches {
  const defaults: CompanySwitches = {
    country: given.country,
    companyName: 'Sandbox Company',
    homeCurrency: CURRENCY[given.country] ?? 'EUR',
    multiCurrency: false,
    usingSalesTax: true,
    partnerTaxEnabled: false,
    astOverridesTotalTax: false,
    astPercent: 0,
    overrideWithoutTaxableLines: 'dropped',
    sentTaxLines: 'honoured',
    rounding: 'halfUp',
    taxCodes: DEFAULT_TAX_CODES[given.country] ?? [{ name: 'No tax', rates: [{ name: 'No tax', percent: 0 }] }],
    customTxnNumbers: true,
    suppliedDocNumber: 'kept',
    duplicateDocNumber: 'accepted',
    nameFaultNamesId: true,
    inactiveReferenceCode: '2500',
    bookCloseDate: null,
    bookCloseCode: '6210',
    allowShipping: false,
    allowDiscount: false,
    defaultTermDays: 30,
    utcOffsetMinutes: -480,
    requestIdMemory: 'honoured',
    requestIdMemoryMs: 24 * 3_600_000,
    requestIdWhileRunning: 'code600',
    requestIdRemembersFaults: false,
    privateNoteFilterable: false,
    queryIgnoresCase: true,
    listSyncTokens: 'current',
    limits: { perMinute: 500, perSecond: 10, inFlight: null },
    throttleBody: 'json',
    wrongRealmAnswer: 'json403',
  };
  for (const name of Object.keys(given)) if (!(name in defaults)) throw new RangeError(`no switch ${name}`);
  return { ...defaults, ...given };
}
