import type { Target } from '@tillstream/contracts';
import { quickbooks } from './quickbooks.js';
import type { TargetRules } from './rules.js';
import { supabase } from './supabase.js';

/** Every target of records. A new one is a row here with a module beside it, a topic and a writer. */
export const TARGET_RULES: Readonly<Record<Target, TargetRules>> = { quickbooks, supabase };

/** Targets that have a writer. */
export const ROUTED_TARGETS = Object.keys(TARGET_RULES) as readonly Target[];
