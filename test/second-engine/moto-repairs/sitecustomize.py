"""Runs before moto's server does, by way of PYTHONPATH, and mends three things that keep moto 5.2.1 from running a machine
that starts another. Nothing about how states are interpreted is touched.

Moto copies a state machine before each execution, and with it everything that the machine can reach: its backend, and
through that every other execution with its threads, which cannot be copied. So no second execution could ever start
(getmoto/moto issue 10077, since mended there). An execution and a backend are one thing each: a copy of them is themselves.

Moto hands a Task's parameters for Step Functions' own API (``StateMachineArn``) to an SDK that knows them by other names
(``stateMachineArn``), and its answers the other way about. The conversions are in moto, but nothing calls them. The dates
in an answer are no JSON; as milliseconds since the epoch they are what our own engine makes of them, and so prove nothing.

Moto names every execution that a task starts without a name ``None``, so that a machine could start another only once. Step
Functions names it by a random UUID.
"""

from datetime import datetime
from uuid import uuid4

import botocore.session
from moto.stepfunctions.models import StepFunctionBackend
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.parser.utils import camel_to_snake_case

STEP_FUNCTIONS = "stepfunctions"


def itself(self, _memo):
    return self


StepFunctionBackend.__deepcopy__ = itself
Execution.__deepcopy__ = itself

_session = botocore.session.get_session()


def operation_of(task, service, action):
    """The API's own description of the call that a task makes; None for another service than Step Functions."""
    if task._get_boto_service_name(service) != STEP_FUNCTIONS:
        return None
    model = _session.get_service_model(STEP_FUNCTIONS)
    names = {camel_to_snake_case(name): name for name in model.operation_names}
    return model.operation_model(names[task._get_boto_service_action(action)])


def name_parameters(self, parameters, boto_service_name=None, service_action_name=None):
    operation = operation_of(self, boto_service_name, service_action_name)
    if operation is not None:
        self._to_boto_request(parameters, operation.input_shape)
        if operation.name == "StartExecution":
            parameters.setdefault("name", str(uuid4()))


def name_response(self, response, boto_service_name=None, service_action_name=None):
    operation = operation_of(self, boto_service_name, service_action_name)
    if operation is not None and operation.output_shape is not None:
        self._from_boto_response(response, operation.output_shape)
        for name, value in response.items():
            if isinstance(value, datetime):
                response[name] = int(value.timestamp() * 1000)


StateTaskService._normalise_parameters = name_parameters
StateTaskService._normalise_response = name_response
