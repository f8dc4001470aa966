// `node libs/kafka/dist/bench/main.js`: the figure alone, over KAFKA_BROKERS and MONGODB_URI or a stack of its own.
import { distributedStack } from '@tillstream/testing';
import { kafkaThroughputFigure } from './throughput.js';

const stack = await distributedStack();
const { name, value, goal, met, detail } = await kafkaThroughputFigure(stack.brokers, stack.prefix);
process.stdout.write(`${met ? 'met   ' : 'MISSED'} ${name}: ${value} (goal ${goal})\n       ${detail}\n`);
await stack.stop();
process.exit(0);
