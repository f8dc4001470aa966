/** The sandbox lives on the clock it is given and on nothing else of the product. */
export type { Clock } from '@tillstream/kernel';
