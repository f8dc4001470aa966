export { supabaseWork, WORK_COLLECTION } from './aggregate.js';
export type { WorkCommand, WorkEvent } from './decide.js';
export { workId, type WorkState } from './state.js';
