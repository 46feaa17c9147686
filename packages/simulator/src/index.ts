export type { SimulatedModel, SimulatedOperation } from './behaviour/models.ts'
export { type Clock, systemClock } from './clock.ts'
export { type FaultName, faultDescriptions } from './faults.ts'
export type {
  SimulatorBody,
  SimulatorRequest,
  SimulatorResponse,
  SimulatorSignal,
} from './in-process.ts'
export type { Json, JsonObject } from './json.ts'
export type { Pace } from './pace.ts'
export { ConnectionLost } from './player.ts'
export type { Counters, ReceivedRequest } from './request-log.ts'
export { type Listening, type ListenOptions, refusingUrl } from './server.ts'
export { createSimulator, type Simulator, type SimulatorOptions } from './simulator.ts'
