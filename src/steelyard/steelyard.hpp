#pragma once

/// Everything a program needs: `Balancer` for threads in one program; `Broker`, `Client` and
/// `Worker` for processes; `WorkerState` and tasks for both; strategies of one's own.

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/future/future.hpp"
#include "steelyard/runtime/inproc/balancer.hpp"
#include "steelyard/runtime/task/task.hpp"
#include "steelyard/runtime/zmq/broker.hpp"
#include "steelyard/runtime/zmq/callbacks.hpp"
#include "steelyard/runtime/zmq/client.hpp"
#include "steelyard/runtime/zmq/worker.hpp"
#include "steelyard/strategy/registry.hpp"
#include "steelyard/strategy/simple_strategy.hpp"
