{{ hsds_entity(fallback={'description': 'name'}) }}
