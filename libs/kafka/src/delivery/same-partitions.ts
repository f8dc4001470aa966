import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';

/** Part of the group protocol: every member of a group must know it by this name. */
const NAME = 'tillstream-same-partitions';
const VERSION = 0;

/**
 * Partition p of every topic goes to member p modulo the number of members: of topics with equally many partitions a
 * member has the same ones, and with them the same keys (Assignment). kafkajs' round robin runs on from topic to topic.
 */
export const samePartitions: PartitionAssigner = ({ cluster }) => ({
  name: NAME,
  version: VERSION,
  assign: async ({ members, topics }) => {
    const ids = members.map(({ memberId }) => memberId).sort();
    return ids.map((memberId, index) => {
      const mine = topics.map((topic) => {
        const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
        return [topic, partitions.filter((partition) => partition % ids.length === index)] as const;
      });
      const assignment = Object.fromEntries(mine.filter(([, partitions]) => partitions.length > 0));
      const userData = Buffer.alloc(0);
      return {
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: VERSION, assignment, userData }),
      };
    });
  },
  protocol: ({ topics }) => ({
    name: NAME,
    metadata: AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.alloc(0) }),
  }),
});
