export type { Codec } from './channel/codec.js';
export type { ItemStream } from './channel/stream-reader.js';
export { ClusterError } from './errors/cluster-error.js';
export {
  AddressTakenError,
  BackpressureError,
  ChannelClosedError,
  CodecMismatchError,
  DestroyedError,
  DuplicateSubscriptionError,
  EventAccessError,
  EventDefinitionError,
  GroupDrainedError,
  GroupFailedError,
  HandlerMismatchError,
  InvalidListenerError,
  InvalidOptionError,
  MessageTooLargeError,
  MessageValidationError,
  NotAPrimaryError,
  NotAWorkerError,
  NoWorkerError,
  PreventedError,
  ReloadError,
  RemoteError,
  RequestPreventedError,
  RequestTimeoutError,
  ReusePortError,
  SchedulingPolicyError,
  ServeError,
  ShutDownError,
  ShutDownHookError,
  ShutDownTimeoutError,
  UnknownGroupError,
  UnknownMessageTypeError,
  UnknownOptionError,
  UnknownWorkerError,
  UnserializableMessageError,
  WorkerBootError,
  WorkerExistsError,
  WorkerExitedError,
  WorkerNameError,
  WorkerScriptNotFoundError,
  WrongCallError,
} from './errors/errors.js';
export {
  LockLostError,
  ReplicaNotReadyError,
  StorageConflictError,
  StorageCorruptError,
  StorageDeniedError,
  StorageFailedError,
  StorageLimitError,
  StoragePathError,
  StorageTypeError,
  StorageValueError,
  VersionGoneError,
  WatchOverflowError,
} from './errors/storage-errors.js';
export type { WireError } from './errors/wire-error.js';
export type { InitializableEvents, InitializableOptions } from './lifecycle/initializable.js';
export { Initializable } from './lifecycle/initializable.js';
export type { OptionDeclaration, OptionDeclarations, ResolvedOptions } from './lifecycle/option-table.js';
export type { RoundRobinOptions } from './primary/balancer.js';
export { ClusterPrimary } from './primary/cluster-primary.js';
export type { EditionChange } from './primary/editions.js';
export type {
  PrimaryEvents,
  PrimaryHandlers,
  RecycleReason,
  WorkerMessageEvent,
  WorkerRequestEvent,
} from './primary/events.js';
export type { ForkOptions } from './primary/fork-options.js';
export type { HealthOptions } from './primary/health-options.js';
export type { GroupHealth, LivenessReport, Quorum, ReadinessReport } from './primary/health-report.js';
export type { HealthServer } from './primary/health-server.js';
export type { GroupChoice, ReloadOptions, ScaleOptions } from './primary/operation-options.js';
export type {
  ClusterPrimaryOptions,
  GroupOptions,
  HeartbeatOptions,
  ReadyOn,
  RecycleOptions,
  SchedulingPolicy,
  Serialization,
} from './primary/options.js';
export type { RequestOrder, RetryOptions, SendOrder, StreamOrder, WorkerTarget } from './primary/orders.js';
export type { ReadyOptions } from './primary/receivers.js';
export type { ReloadReport } from './primary/reload-report.js';
export type { AllSelected, SelectedWorker, Selection } from './primary/selection.js';
export type { Statistics } from './primary/statistics.js';
export type {
  ClusterState,
  ClusterStatus,
  ClusterTotals,
  GroupState,
  GroupStatus,
  NextAction,
  ProcessStatus,
  SlotStatus,
  SlotStatusState,
} from './primary/status.js';
export type { StickyConnection, StickyOptions } from './primary/sticky-options.js';
export type { StorageChangeEventData, StorageWrite } from './primary/storage-event.js';
export type { WorkerState } from './primary/worker-handle.js';
export { WorkerHandle } from './primary/worker-handle.js';
export type {
  WorkerRequestOrder as HandleRequestOrder,
  WorkerSendOrder as HandleSendOrder,
  WorkerStreamOrder as HandleStreamOrder,
} from './primary/worker-orders.js';
export type { WorkerSettings } from './primary/worker-settings.js';
export type {
  PeerIdentity,
  PeerMessageEvent,
  PeerRequestEvent,
  PrimaryMessageEvent,
  PrimaryRequestEvent,
  WorkerHandlers,
} from './protocol/handlers.js';
export type {
  AnyProtocol,
  Incoming,
  Outgoing,
  OutgoingRequest,
  Protocol,
  Reply,
  RequestTypeOf,
  StorageOf,
  StreamItem,
  StreamTypeOf,
  TypeOf,
} from './protocol/protocol.js';
export type { RequestSchemas, SchemaTable } from './protocol/schema.js';
export type { Balance, DrainReport, ListeningAddress } from './protocol/serving.js';
export type { StandardSchema } from './protocol/standard-schema.js';
export type { AnyEvents, EventOf, PhasedEvent, PubsubEvents } from './pubsub/event.js';
export type {
  EventDefinition,
  EventDefinitions,
  LifecycleFunction,
  SubscriptionAttempt,
} from './pubsub/event-definition.js';
export { Pubsub } from './pubsub/pubsub.js';
export type { Listener, Listeners, Subscription } from './pubsub/subscription.js';
export type { AccessRules } from './storage/access.js';
export type { AccessLevel } from './storage/access-node.js';
export { MemoryStore } from './storage/memory-store.js';
export type {
  Condition,
  Lifetime,
  LockOptions,
  SetOptions,
  SharedStorage,
  StorageChange,
  StorageEntry,
  StorageLock,
  StorageOperation,
  StorageSnapshot,
  StorageWatch,
  TransactionResult,
  UpdateOptions,
  WatchOptions,
} from './storage/shared-storage.js';
export type { StorageOptions } from './storage/storage-options.js';
export type { PathInput, StoragePath } from './storage/storage-path.js';
export type {
  Commit,
  Expiry,
  Storable,
  Store,
  StoreContext,
  StoredChange,
  StoredEntry,
  StoreLimits,
  StoreSnapshot,
  Write,
} from './storage/store.js';
export type { AnyStorage, Frozen, KeyOf, PathLike, PathOf, ValueAt, WatchedAt } from './storage/typed-paths.js';
export type { ExitCause, ExitRecord } from './supervision/exit-record.js';
export type { RestartOptions } from './supervision/restart-policy.js';
export type {
  ShutDownContext,
  ShutDownFailure,
  ShutDownHook,
  ShutDownHookOptions,
  ShutDownPhase,
} from './supervision/shutdown-phases.js';
export type { SocketDrain, WorkerEvents } from './worker/events.js';
export type { ClusterWorkerOptions } from './worker/options.js';
export type {
  PeerTarget,
  WorkerRequestOrder,
  WorkerRequestTarget,
  WorkerSendOrder,
  WorkerSendTarget,
  WorkerStreamOrder,
} from './worker/orders.js';
export type { ServeOptions } from './worker/serve-options.js';
export type { ServedServer } from './worker/served-server.js';
export type { AnyServer } from './worker/server-drain.js';
export { ClusterWorker } from './worker.js';
