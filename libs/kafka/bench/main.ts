// `node libs/kafka/dist/bench/main.js`: the figure alone, over KAFKA_BROKERS and MONGODB_URI or a stack of its own.
import { distributedStack, figureText } from '@tillstream/testing';
import { kafkaThroughputFigure } from './throughput.js';

const stack = await distributedStack();
process.stdout.write(figureText(await kafkaThroughputFigure(stack.brokers, stack.prefix)));
await stack.stop();
process.exit(0);
