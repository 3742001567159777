"""CloudFormation: stacks whose resources are made by operations that clients call themselves."""
