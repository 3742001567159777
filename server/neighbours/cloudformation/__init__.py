"""CloudFormation: stacks whose resources are made by the operations that clients call themselves."""
