import { say } from './words.js';

const [, , word = ''] = process.argv;
say(word);
if (word === 'stay') setInterval(() => {}, 60_000);
else process.exitCode = 7;
