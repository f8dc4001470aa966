export type FaultType = 'ValidationFault' | 'SystemFault' | 'AuthenticationFault' | 'AuthorizationFault' | 'SERVICE';

/** A business error as QuickBooks reports it: HTTP 400 with a Fault. Thrown by rules, answered by the server. */
export class Fault extends Error {
  override readonly name = 'Fault';

  constructor(
    readonly code: string,
    message: string,
    readonly detail: string,
    readonly element?: string,
    readonly type: FaultType = 'ValidationFault',
    readonly status = 400,
  ) {
    super(message);
  }
}

const INACTIVE_SENTENCE =
  "Something you're trying to use has been made inactive. Check the fields with accounts, customers, items, vendors or employees.";

/** The faults of this API with their literal titles (facts section 3). */
export const faults = {
  unsupported: (what: string) => new Fault('500', 'Unsupported Operation', `Operation ${what} is not supported.`),
  duplicateRequestId: (why: string) => new Fault('600', 'Duplicate Request Id', `Duplicate Request Id : ${why}`),
  notFound: () => new Fault('610', 'Object Not Found', `Object Not Found : ${INACTIVE_SENTENCE}`),
  cannotLink: (why: string) =>
    new Fault('620', 'Transaction cannot be linked', `Transaction cannot be linked : ${why}`),
  badProperty: (path: string) =>
    new Fault(
      '2010',
      'Request has invalid or unsupported property',
      `Property Name:${path} specified is unsupported or invalid`,
      path,
    ),
  required: (path: string) =>
    new Fault(
      '2020',
      'Required param missing, need to supply the required value for the API',
      `Required parameter ${path} is missing in the request`,
      path,
    ),
  badId: (path: string) =>
    new Fault('2030', 'Invalid ID', `Id should be a valid number. Supplied value for ${path}`, path),
  badCharacters: (path: string) =>
    new Fault(
      '2040',
      'Invalid String. The string contains invalid characters',
      `${path} contains characters that are not supported`,
      path,
    ),
  length: (path: string, max: number, supplied: number) =>
    new Fault(
      '2050',
      'String length is either shorter or longer than supported by specification',
      `String length specified does not match the supported length. Min:0 Max:${max} supported. Supplied length:${supplied}`,
      path,
    ),
  badEmail: (path: string) =>
    new Fault(
      '2210',
      'Invalid Email Address format',
      'Email Address does not conform to the syntax rules of RFC 822.',
      path,
    ),
  badReference: (path: string) => new Fault('2500', 'Invalid Reference Id', `Invalid Reference Id : ${path}`, path),
  inactive: (code: '610' | '2500') =>
    code === '610'
      ? new Fault('610', 'Object Not Found', `Object Not Found : ${INACTIVE_SENTENCE}`)
      : new Fault('2500', 'Invalid Reference Id', `Invalid Reference Id : ${INACTIVE_SENTENCE}`),
  queryParse: (why: string) => new Fault('4000', 'Error parsing query', `QueryParserError: ${why}`),
  queryInvalid: (why: string) => new Fault('4001', 'Invalid query', `QueryValidationError: ${why}`),
  stale: () =>
    new Fault(
      '5010',
      'Stale Object Error',
      'Stale Object Error : You and Alex Sandbox were working on this at the same time. Alex Sandbox finished before you did, so your work was not saved.',
    ),
  featureOff: (what: string) =>
    new Fault('5030', 'Feature Not Supported Error', `The feature ${what} is not enabled in this company.`),
  business: (why: string, path?: string) =>
    new Fault(
      '6000',
      'A business validation error has occurred while processing your request',
      `Business Validation Error: ${why}`,
      path,
    ),
  amount: (supplied: unknown) =>
    new Fault(
      '6070',
      'Amount calculation incorrect in the request',
      `Amount is not equal to UnitPrice * Qty. Supplied value:${String(supplied)}`,
    ),
  lineTaxCode: (supplied: string) =>
    new Fault('6100', 'Invalid tax code on the line', `Line TaxCodeRef must be TAX or NON. Supplied value:${supplied}`),
  taxDetail: () =>
    new Fault(
      '6170',
      'TxnTaxDetail is not allowed',
      'TxnTaxDetail is not allowed when GlobalTaxCalculation is NotApplicable',
    ),
  duplicateDocNumber: (docNumber: string, type: string, id: string) =>
    new Fault(
      '6140',
      'Duplicate Document Number Error',
      `Duplicate Document Number Error : You must specify a different number. This number has already been used. DocNumber=${docNumber} is assigned to TxnType=${type} with TxnId=${id}`,
    ),
  closed: (code: '6200' | '6210') =>
    new Fault(
      code,
      'Account Period Closed, Cannot Update Through Services Error',
      'The account period has closed and the account books cannot be updated through the QBO Services API. Please use the QBO website to make these changes.',
    ),
  duplicateName: (holderId: string | undefined) =>
    new Fault(
      '6240',
      'Duplicate Name Exists Error',
      `The name supplied already exists. : Another customer, vendor or employee is already using this name. Please use a different name.${holderId === undefined ? '' : ` : Id=${holderId}`}`,
    ),
  duplicateItemName: (holderId: string | undefined) =>
    new Fault(
      '6240',
      'Duplicate Name Exists Error',
      `The name supplied already exists.${holderId === undefined ? '' : ` : Id=${holderId}`}`,
    ),
  accountType: (path: string) => new Fault('6430', 'Invalid account type', `Invalid account type used : ${path}`, path),
  beforeInventoryStart: () =>
    new Fault(
      '6270',
      'Transaction date is prior to start date for inventory item',
      'The transaction date is before the inventory start date of an item.',
    ),
  subscriptionEnded: () =>
    new Fault(
      '6190',
      'Invalid Company Status',
      'Subscription period has ended or canceled or there was a billing problem',
      undefined,
      'ValidationFault',
      200,
    ),
  application: () =>
    new Fault(
      '10000',
      'An application error has occurred while processing your request',
      'System Failure Error',
      undefined,
      'SystemFault',
      500,
    ),
} as const;
