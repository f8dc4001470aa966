// The figure of this package alone: on MONGODB_URI, else on a server of its own. `npm run bench -- --distributed` runs it
// with the others.
import { figureText } from '@tillstream/testing';
import { ownServer } from '../test/server.js';
import { projectionFigure } from './figure.js';

const given = process.env['MONGODB_URI'];
const server = given === undefined ? await ownServer() : undefined;
try {
  process.stdout.write(figureText(await projectionFigure(given ?? server?.uri ?? '')));
} finally {
  await server?.dispose();
}
process.exit(0);
