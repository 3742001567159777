"""Our own operations beside Glue's, declared in the form of botocore's service model.

A path names members in braces. What a GET asks for besides stands in the query, by name; a
list is a name that is given more than once.
"""

from typing import Any

ROOT = "/_gluematch/"

OPERATIONS: dict[str, Any] = {
    "FindMatches": {
        "name": "FindMatches",
        "http": {"method": "POST", "requestUri": f"{ROOT}find-matches"},
        "input": {"shape": "FindMatchesRequest"},
        "output": {"shape": "FindMatchesResponse"},
        "errors": [
            {"shape": "EntityNotFoundException"},
            {"shape": "InvalidInputException"},
            {"shape": "MLTransformNotReadyException"},
            {"shape": "ConcurrentRunsExceededException"},
            {"shape": "OperationTimeoutException"},
            {"shape": "InternalServiceException"},
        ],
    },
    "GetTransformMetrics": {
        "name": "GetTransformMetrics",
        "http": {"method": "GET", "requestUri": f"{ROOT}transforms/{{TransformId}}/metrics"},
        "input": {"shape": "GetTransformMetricsRequest"},
        "output": {"shape": "OwnDocument"},
        "errors": [
            {"shape": "EntityNotFoundException"},
            {"shape": "InternalServiceException"},
        ],
    },
    "ExplainMatches": {
        "name": "ExplainMatches",
        "http": {"method": "GET", "requestUri": f"{ROOT}transforms/{{TransformId}}/explain"},
        "input": {"shape": "ExplainMatchesRequest"},
        "output": {"shape": "OwnDocument"},
        "errors": [
            {"shape": "EntityNotFoundException"},
            {"shape": "InvalidInputException"},
            {"shape": "MLTransformNotReadyException"},
            {"shape": "ConcurrentRunsExceededException"},
            {"shape": "OperationTimeoutException"},
            {"shape": "InternalServiceException"},
        ],
    },
    "UseTransform": {
        "name": "UseTransform",
        "http": {"method": "POST", "requestUri": f"{ROOT}transforms/{{TransformId}}/uses"},
        "input": {"shape": "UseTransformRequest"},
        "output": {"shape": "OwnDocument"},
        "errors": [
            {"shape": "EntityNotFoundException"},
            {"shape": "MLTransformNotReadyException"},
            {"shape": "OperationTimeoutException"},
            {"shape": "InternalServiceException"},
        ],
    },
    "ReportUse": {
        "name": "ReportUse",
        "http": {
            "method": "POST",
            "requestUri": f"{ROOT}transforms/{{TransformId}}/uses/{{TaskRunId}}",
        },
        "input": {"shape": "ReportUseRequest"},
        "output": {"shape": "OwnDocument"},
        "errors": [
            {"shape": "EntityNotFoundException"},
            {"shape": "OperationTimeoutException"},
            {"shape": "InternalServiceException"},
        ],
    },
    "EndUses": {
        "name": "EndUses",
        "http": {"method": "POST", "requestUri": f"{ROOT}job-runs/{{JobRunId}}/uses"},
        "input": {"shape": "EndUsesRequest"},
        "output": {"shape": "OwnDocument"},
        "errors": [
            {"shape": "OperationTimeoutException"},
            {"shape": "InternalServiceException"},
        ],
    },
    "GetTransformModel": {
        "name": "GetTransformModel",
        "http": {"method": "GET", "requestUri": f"{ROOT}transforms/{{TransformId}}/model"},
        "input": {"shape": "GetTransformModelRequest"},
        "output": {"shape": "OwnDocument"},
        "errors": [
            {"shape": "EntityNotFoundException"},
            {"shape": "MLTransformNotReadyException"},
            {"shape": "InternalServiceException"},
        ],
    },
    "GetTransformScript": {
        "name": "GetTransformScript",
        "http": {"method": "GET", "requestUri": f"{ROOT}transforms/{{TransformId}}/script"},
        "input": {"shape": "GetTransformScriptRequest"},
        "output": {"shape": "OwnDocument"},
        "errors": [
            {"shape": "EntityNotFoundException"},
            {"shape": "InvalidInputException"},
            {"shape": "InternalServiceException"},
        ],
    },
    "CommitJobBookmark": {
        "name": "CommitJobBookmark",
        "http": {"method": "POST", "requestUri": f"{ROOT}job-bookmarks"},
        "input": {"shape": "CommitJobBookmarkRequest"},
        "output": {"shape": "GetJobBookmarkResponse"},
        "errors": [
            {"shape": "EntityNotFoundException"},
            {"shape": "VersionMismatchException"},
            {"shape": "OperationTimeoutException"},
            {"shape": "InternalServiceException"},
        ],
    },
}

SHAPES: dict[str, Any] = {
    "FindMatchesRequest": {
        "type": "structure",
        "required": ["TransformId", "OutputS3Path"],
        "members": {
            "TransformId": {"shape": "HashString"},
            "OutputS3Path": {"shape": "UriString"},
            "Format": {"shape": "FindMatchesFormat"},
            "ComputeMatchConfidenceScores": {"shape": "NullableBoolean"},
            "InputTable": {"shape": "FindMatchesTable"},
        },
    },
    "FindMatchesFormat": {"type": "string", "enum": ["csv", "json", "parquet"]},
    "FindMatchesTable": {
        "type": "structure",
        "required": ["DatabaseName", "TableName"],
        "members": {
            "DatabaseName": {"shape": "NameString"},
            "TableName": {"shape": "NameString"},
        },
    },
    "FindMatchesResponse": {
        "type": "structure",
        "members": {"TaskRunId": {"shape": "HashString"}},
    },
    "GetTransformMetricsRequest": {
        "type": "structure",
        "required": ["TransformId"],
        "members": {"TransformId": {"shape": "HashString"}, "TaskRunId": {"shape": "HashString"}},
    },
    "ExplainMatchesRequest": {
        "type": "structure",
        "required": ["TransformId"],
        "members": {
            "TransformId": {"shape": "HashString"},
            "ids": {"shape": "OwnText"},
            "id": {"shape": "OwnTexts"},
            "ExplanationId": {"shape": "HashString"},
        },
    },
    "GetTransformModelRequest": {
        "type": "structure",
        "required": ["TransformId"],
        "members": {"TransformId": {"shape": "HashString"}, "Trees": {"shape": "OwnFlag"}},
    },
    "GetTransformScriptRequest": {
        "type": "structure",
        "required": ["TransformId", "OutputS3Path"],
        "members": {
            "TransformId": {"shape": "HashString"},
            "OutputS3Path": {"shape": "UriString"},
            "Format": {"shape": "ScriptFormat"},
            "ComputeMatchConfidenceScores": {"shape": "OwnFlag"},
            "RemoveDuplicates": {"shape": "OwnFlag"},
            "DatabaseName": {"shape": "NameString"},
            "TableName": {"shape": "NameString"},
        },
    },
    "ScriptFormat": {"type": "string", "enum": ["csv", "json", "parquet", "orc", "avro"]},
    "UseTransformRequest": {
        "type": "structure",
        "required": ["TransformId", "JobName", "JobRunId"],
        "members": {
            "TransformId": {"shape": "HashString"},
            "JobName": {"shape": "NameString"},
            "JobRunId": {"shape": "IdString"},
        },
    },
    "ReportUseRequest": {
        "type": "structure",
        "required": ["TransformId", "TaskRunId"],
        "members": {
            "TransformId": {"shape": "HashString"},
            "TaskRunId": {"shape": "HashString"},
            "Progress": {"shape": "GenericBoundedDouble"},
            "Status": {"shape": "EndOfUse"},
            "ErrorString": {"shape": "OwnText"},
        },
    },
    "EndUsesRequest": {
        "type": "structure",
        "required": ["JobRunId", "Status"],
        "members": {
            "JobRunId": {"shape": "IdString"},
            "Status": {"shape": "EndOfUse"},
            "ErrorString": {"shape": "OwnText"},
        },
    },
    "EndOfUse": {"type": "string", "enum": ["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"]},
    "CommitJobBookmarkRequest": {
        "type": "structure",
        "required": ["JobName", "RunId", "JobBookmark"],
        "members": {
            "JobName": {"shape": "JobName"},
            "RunId": {"shape": "RunId"},
            "JobBookmark": {"shape": "JsonValue"},
            "Version": {"shape": "IntegerValue"},
        },
    },
    "OwnText": {"type": "string"},
    "OwnTexts": {"type": "list", "member": {"shape": "OwnText"}},
    "OwnFlag": {"type": "string", "enum": ["true", "false"]},
    "OwnDocument": {"type": "structure", "document": True, "members": {}},
}
