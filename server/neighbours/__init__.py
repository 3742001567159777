"""The other AWS services on the same port, through moto. The only room that knows moto."""
