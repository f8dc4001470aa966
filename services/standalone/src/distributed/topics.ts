// Creates the topics that are missing and checks the partitions of the others: a job of the deployment, before the
// services of a new version start. Exits 0 when every topic is as it must be.
import { loadConfig } from '@tillstream/config';
import { openKafkaEventLog } from '@tillstream/kafka';
import { asError, NO_CRASH_POINTS, PermanentError, SystemClock, TillstreamError } from '@tillstream/kernel';
import { createLogger } from '@tillstream/observability';
import { kafkaOptions } from '@tillstream/service-host';

try {
  const config = loadConfig(process.env);
  if (config.profile !== 'distributed') {
    throw new PermanentError(
      'profile_unavailable',
      'topics are of the distributed profile: TILLSTREAM_PROFILE=distributed',
    );
  }
  const logger = createLogger({ level: config.logLevel }).child({ service: 'topics' });
  const common = { config, clientId: 'tillstream-topics', clock: new SystemClock(), crash: NO_CRASH_POINTS, logger };
  const options = kafkaOptions({ ...common, sessionTimeoutMs: 10_000 });
  const log = await openKafkaEventLog({ ...options, createTopics: true });
  await log.close();
  process.stdout.write(`${JSON.stringify({ event: 'topics', topics: options.topics.length })}\n`);
  process.exit(0);
} catch (thrown) {
  const code = thrown instanceof TillstreamError ? `${thrown.code}: ` : '';
  process.stderr.write(`tillstream topics: ${code}${asError(thrown).message}\n`);
  process.exit(1);
}
