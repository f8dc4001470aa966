import { gmtStamp, wallClock } from './domain/dates.js';
import type { TaxRate } from './domain/tax.js';
import type { Site } from './domain/shop.js';
import type { Json } from './serialize.js';

const SYMBOLS: Readonly<Record<string, string>> = { USD: '$', EUR: '€', GBP: '£', JPY: '¥', CAD: '$' };
const CURRENCY_NAMES: Readonly<Record<string, string>> = {
  USD: 'United States (US) dollar',
  EUR: 'Euro',
  GBP: 'Pound sterling',
  JPY: 'Japanese yen',
  CAD: 'Canadian dollar',
};

function setting(id: string, label: string, value: string): Json {
  return { id, label, description: '', type: 'text', default: '', value };
}

export function generalSettings(site: Site): Json[] {
  return [
    setting('woocommerce_default_country', 'Country / State', site.country),
    setting('woocommerce_calc_taxes', 'Enable taxes', 'yes'),
    setting('woocommerce_currency', 'Currency', site.currency),
    setting('woocommerce_currency_pos', 'Currency position', 'left'),
    setting('woocommerce_price_num_decimals', 'Number of decimals', String(site.decimals)),
  ];
}

export function taxSettings(site: Site): Json[] {
  return [
    setting('woocommerce_prices_include_tax', 'Prices entered with tax', site.pricesIncludeTax ? 'yes' : 'no'),
    setting('woocommerce_tax_based_on', 'Calculate tax based on', 'shipping'),
    setting('woocommerce_shipping_tax_class', 'Shipping tax class', 'inherit'),
    setting('woocommerce_tax_round_at_subtotal', 'Rounding', site.roundAtSubtotal ? 'yes' : 'no'),
  ];
}

export function systemStatus(site: Site, baseUrl: string, now: number): Json {
  return {
    environment: {
      home_url: baseUrl,
      site_url: baseUrl,
      version: site.wooVersion,
      wp_version: '6.8',
      default_timezone: site.reportedZone ?? site.zone,
      server_info: 'nginx',
      php_version: '8.3.0',
      date: gmtStamp(now),
    },
    settings: {
      api_enabled: true,
      currency: site.currency,
      currency_symbol: SYMBOLS[site.currency] ?? site.currency,
      number_of_decimals: site.decimals,
      HPOS_enabled: site.hpos,
      order_datastore: site.hpos
        ? 'Automattic\\WooCommerce\\Internal\\DataStores\\Orders\\OrdersTableDataStore'
        : 'WC_Order_Data_Store_CPT',
    },
  };
}

export function currentCurrency(site: Site): Json {
  return {
    code: site.currency,
    name: CURRENCY_NAMES[site.currency] ?? site.currency,
    symbol: SYMBOLS[site.currency] ?? site.currency,
  };
}

/** The public index of the REST API; the only place that always names the site's zone. */
export function wordPressIndex(site: Site, baseUrl: string, now: number): Json {
  return {
    name: site.title,
    description: '',
    url: baseUrl,
    home: baseUrl,
    gmt_offset: (wallClock(now, site.zone) - now) / 3_600_000,
    timezone_string: site.zone,
    namespaces: ['wc/v3', 'wp/v2'],
  };
}

export function taxRateBody(rate: TaxRate): Json {
  return {
    id: rate.id,
    country: rate.country,
    state: rate.state,
    postcode: '',
    city: '',
    rate: Number(rate.percent).toFixed(4),
    name: rate.label,
    priority: rate.priority,
    compound: rate.compound,
    shipping: rate.shipping,
    order: rate.id,
    class: rate.class === '' ? 'standard' : rate.class,
  };
}
