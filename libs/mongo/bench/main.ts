// The figure of this package alone: on MONGODB_URI, else on a server of its own. `npm run bench -- --distributed` runs it
// with the others.
import { ownServer } from '../test/server.js';
import { projectionFigure } from './figure.js';

const given = process.env['MONGODB_URI'];
const server = given === undefined ? await ownServer() : undefined;
try {
  const { name, value, goal, met, detail } = await projectionFigure(given ?? server?.uri ?? '');
  process.stdout.write(`${met ? 'met   ' : 'MISSED'} ${name}: ${value} (goal ${goal})\n       ${detail}\n`);
} finally {
  await server?.dispose();
}
process.exit(0);
