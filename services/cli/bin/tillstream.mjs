#!/usr/bin/env node
// Plain JavaScript without native imports, so that it starts on any Node >= 20: scripts/run.mjs brings the rest.
process.argv.splice(2, 0, 'tillstream');
await import('../../../scripts/run.mjs');
